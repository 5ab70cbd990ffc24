package app

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"
)

// demoCase is one finding of the story and what was done about it.
type demoCase struct {
	key      string  // names it in the story and seeds its luck
	uid      string  // the detector's id, by which its ticket is found
	from, to float64 // it arrives between these many days before the end
	office   bool    // can wait for office hours
	daylight bool    // comes of something that colleagues do in office hours
	behind   string  // key of the case that it follows at once, instead of a window
	lag      time.Duration
	script   demoScript
	say      func(demoSaid) []byte // the detector's message; nil when another brings it
}

// demoSaid is what a detector says this time.
type demoSaid struct {
	first   time.Time // when it said so first
	at      time.Time // now
	changed time.Time // when it last had news
	nth     int       // messages so far, from 1
	count   int       // how often it saw it
	gone    bool      // it is over
	score   float64   // severity, where not the first; 0 for that
}

// demoEvent is one event of the story: a message of the queue, or something
// that a person does.
type demoEvent struct {
	at   int64  // microseconds
	body []byte // nil when a person acts
	act  demoAct
}

// demoAct is a step of a script with everybody's name filled in.
type demoAct struct {
	demoStep
	who string // key of the person
	uid string // of the finding that it is about
}

// demoPlot turns cases into events that end at a given time.
type demoPlot struct {
	end   time.Time
	rota  demoRota
	cases []demoCase
	known map[string]*demoTrack
	out   []demoEvent
}

// demoTrack is what became of a case so far.
type demoTrack struct {
	demoCase
	said demoSaid
	last []byte
}

func newDemoPlot(end time.Time) *demoPlot {
	return &demoPlot{end: end, rota: newDemoRota(), cases: demoCases(), known: map[string]*demoTrack{}}
}

// events lists what happens, each event later than the one before and none
// after the end.
func (p *demoPlot) events() []demoEvent {
	for _, c := range p.cases {
		p.arrive(c)
	}
	for _, s := range demoScans() {
		p.bring(p.end.Add(-days(s.before)), s.body(p.end.Add(-days(s.before))))
	}
	for _, c := range p.cases {
		p.follow(c)
	}
	p.spoil()
	slices.SortStableFunc(p.out, func(a, b demoEvent) int { return cmp.Compare(a.at, b.at) })
	for i := 1; i < len(p.out); i++ {
		p.out[i].at = max(p.out[i].at, p.out[i-1].at+1000)
	}
	return p.out
}

func (p *demoPlot) bring(at time.Time, body []byte) {
	p.out = append(p.out, demoEvent{at: at.UnixMicro(), body: body})
}

// arrive brings the first message of a case.
func (p *demoPlot) arrive(c demoCase) {
	chance := demoChance("arrival " + c.key)
	at := p.arrival(c, chance)
	t := &demoTrack{demoCase: c, said: demoSaid{first: at, at: at, changed: at, nth: 1, count: 1 + chance.IntN(6)}}
	p.known[c.key] = t
	if c.say != nil {
		t.last = c.say(t.said)
		p.bring(at, t.last)
	}
}

func (p *demoPlot) arrival(c demoCase, chance *rand.Rand) time.Time {
	if c.behind != "" {
		return p.known[c.behind].said.first.Add(c.lag)
	}
	weigh := p.rota.load
	if c.daylight {
		weigh = p.rota.daylight
	}
	return between(p.end.Add(-days(c.from)), p.end.Add(-days(c.to)), weigh, chance)
}

// follow plays the script of a case.
func (p *demoPlot) follow(c demoCase) {
	for _, m := range p.moments(c) {
		t := p.known[cmp.Or(m.step.on, c.key)]
		if m.step.do.byDetector() {
			p.bring(m.at, t.speak(m))
			continue
		}
		act := demoAct{demoStep: m.step, who: m.who, uid: t.uid}
		if act.other != "" {
			act.other = p.known[act.other].uid
		}
		p.out = append(p.out, demoEvent{at: m.at.UnixMicro(), act: act})
	}
}

// speak is the next message about a case.
func (t *demoTrack) speak(m demoMoment) []byte {
	if m.step.do == doRepeat {
		return t.last
	}
	s := &t.said
	s.at, s.nth = m.at, s.nth+1
	switch m.step.do {
	case doAgain:
		s.count += 2 + demoChance(t.key+strconv.Itoa(s.nth)).IntN(9)
		s.changed = m.at
		if m.step.score > 0 {
			s.score = m.step.score
		}
	case doGone:
		s.gone, s.changed = true, m.at
	case doBack:
		s.gone, s.changed = false, m.at
	default: // it looked again, and nothing is new
	}
	t.last = t.say(*s)
	return t.last
}

// demoMoment is a step with its time and its person.
type demoMoment struct {
	at   time.Time
	who  string
	step demoStep
}

// demoCast finds time and people for the steps of one script.
type demoCast struct {
	demoRota
	first, end   time.Time
	chance       *rand.Rand
	waits        bool
	owner, acker string
	t            time.Time
}

// moments gives every step of a script its time and its person. A script that
// would run over the end of the story is told faster.
func (p *demoPlot) moments(c demoCase) []demoMoment {
	first := p.known[c.key].said.first
	cast := &demoCast{demoRota: p.rota, first: first, end: p.end, chance: demoChance("script " + c.key), waits: c.office, t: first}
	out := []demoMoment{}
	for _, step := range c.script.steps {
		cast.advance(step)
		out = append(out, demoMoment{cast.t, cast.cast(step), step})
	}
	if len(out) == 0 {
		return out
	}
	last, limit := out[len(out)-1].at, p.end.Add(-90*time.Second)
	if last.After(limit) {
		factor := float64(limit.Sub(first)) / float64(last.Sub(first))
		for i := range out {
			out[i].at = first.Add(time.Duration(factor * float64(out[i].at.Sub(first))))
		}
	}
	return out
}

// advance moves the clock of a script to its next step.
func (c *demoCast) advance(step demoStep) {
	luck := 0.7 + 0.9*c.chance.Float64()
	if until := c.end.Add(-step.until); step.until > 0 && until.After(c.t) {
		c.t = until
	}
	after := time.Duration(float64(step.after) * luck)
	if step.do.byDetector() {
		c.t = c.t.Add(max(after, 5*time.Second))
		return
	}
	c.t = c.t.Add(max(time.Duration(float64(after)*c.pace(c.t)), 4*time.Second))
	if c.waits {
		c.t = c.office(c.t, c.chance)
	}
	if step.voice == voiceLead && step.after >= time.Hour {
		c.t = c.led(c.t, c.chance)
	}
	if step.voice == voiceOwner && c.owner != "" {
		c.t = c.back()
	}
}

// back is when the owner goes on with it. What is urgent brings people back
// before a long weekend is over.
func (c *demoCast) back() time.Time {
	next := c.free(c.owner, c.t, c.stay(), c.chance)
	if !c.waits && next.Sub(c.t) > 20*time.Hour {
		return c.t.Add(minutes(560 + 300*c.chance.Float64()))
	}
	return next
}

// stay is how long people stay on for this: for hours while it is new and
// urgent.
func (c *demoCast) stay() time.Duration {
	if !c.waits && c.t.Sub(c.first) < 8*time.Hour {
		return 4 * time.Hour
	}
	return time.Hour
}

// cast says who does a step.
func (c *demoCast) cast(step demoStep) string {
	switch {
	case step.do == doBack:
		c.owner, c.acker = "", "" // it will be another ticket
		return ""
	case step.do.byDetector():
		return ""
	case step.voice == voiceLead:
		return c.leadFor(c.t)
	case step.voice == voiceMate:
		return c.someone(func(key string) bool { return key != c.owner })
	case c.owner != "":
		return c.owner
	}
	who := c.someone(func(key string) bool { return c.acker == "" || key == c.acker })
	switch step.do {
	case doAck:
		c.acker = who
	case doTake:
		c.owner = who
	default: // nobody has it yet
	}
	return who
}

// someone picks one of those who are there, as wished where there is one.
func (c *demoCast) someone(wish func(key string) bool) string {
	there := c.onDuty(c.t)
	if hands := slices.DeleteFunc(slices.Clone(there), func(key string) bool { return key == c.leadFor(c.t) }); len(hands) > 0 {
		there = hands
	}
	i := c.chance.IntN(len(there))
	for n := range there {
		if key := there[(i+n)%len(there)]; wish(key) {
			return key
		}
	}
	return there[i]
}
