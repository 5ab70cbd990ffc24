package duty

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tocsin/internal/fault"
)

// Plan is a schedule as people write it: rotations from the bottom to the top,
// of which the last that has somebody wins.
type Plan struct {
	Name      string     `json:"name" maxLength:"200"`
	Team      string     `json:"team" maxLength:"100" doc:"Id of a team"`
	Primary   bool       `json:"primary" required:"false" doc:"Who is on duty by it answers for the team's tickets that nobody owns; one schedule of each team"`
	Zone      string     `json:"zone" maxLength:"60" doc:"IANA name, such as Europe/Amsterdam"`
	Rotations []Rotation `json:"rotations" maxItems:"20" nullable:"false" doc:"From the bottom to the top: a later one wins where it has somebody"`
}

// Rotation is people who take turns.
type Rotation struct {
	ID           string   `json:"id" required:"false" maxLength:"40" doc:"Made by the server when empty; keep it in a change, so that running shifts go on"`
	Name         string   `json:"name" required:"false" maxLength:"200"`
	Kind         string   `json:"kind" enum:"daily,weekly,hours"`
	Every        int      `json:"every" minimum:"1" maximum:"720" doc:"A turn is so many days, weeks or hours of the wall clock"`
	Handoff      Handoff  `json:"handoff"`
	Start        string   `json:"start" maxLength:"10" doc:"Date of the first turn, YYYY-MM-DD"`
	Zone         string   `json:"zone" required:"false" maxLength:"60" doc:"Empty is the zone of the schedule"`
	Participants []string `json:"participants" maxItems:"100" nullable:"false" doc:"Ids of people, in the order of their turns"`
	Windows      []Window `json:"windows" required:"false" maxItems:"50" nullable:"false" doc:"When the rotation is on at all; none is always"`
}

// Handoff is when turns change, by the wall clock of the rotation.
type Handoff struct {
	Weekday string `json:"weekday" required:"false" enum:",mon,tue,wed,thu,fri,sat,sun" doc:"Of a weekly rotation"`
	Time    string `json:"time" maxLength:"5" doc:"HH:MM"`
}

// Window is a time of day on some days; one that ends at or before its
// beginning runs into the next day.
type Window struct {
	Days []string `json:"days" maxItems:"7" nullable:"false" doc:"mon … sun"`
	From string   `json:"from" maxLength:"5"`
	To   string   `json:"to" maxLength:"5"`
}

// The bounds of a plan.
const (
	maxRotations    = 20
	maxParticipants = 100
	maxWindows      = 50
	maxEvery        = 720
)

// plan is a Plan made ready for use.
type plan struct {
	rotas []*rota
}

// ParsePlan reads a plan from JSON and refuses what it does not know.
func ParsePlan(data []byte) (Plan, error) {
	var p Plan
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		return Plan{}, fault.New(fault.Invalid, "The schedule is not JSON of the right shape: %s.", strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Plan{}, fault.New(fault.Invalid, "The schedule has something after its end.")
	}
	return p, nil
}

// Check says what is wrong with a plan, every field at fault, apart from people
// and teams that do not exist.
func (p Plan) Check() error {
	_, err := p.compile()
	return err
}

// normal gives every rotation an id and a name, and lists in place of null.
func (p Plan) normal() Plan {
	p.Name = strings.TrimSpace(p.Name)
	p.Rotations = slices.Clone(p.Rotations)
	taken := map[string]bool{}
	for _, r := range p.Rotations {
		taken[r.ID] = true
	}
	for i := range p.Rotations {
		r := &p.Rotations[i]
		for n := i + 1; r.ID == ""; n++ {
			if id := fmt.Sprintf("r%d", n); !taken[id] {
				r.ID, taken[id] = id, true
			}
		}
		if r.Name = strings.TrimSpace(r.Name); r.Name == "" {
			r.Name = fmt.Sprintf("Rotation %d", i+1)
		}
		r.Participants = append([]string{}, r.Participants...)
		r.Windows = append([]Window{}, r.Windows...)
		for j := range r.Windows {
			r.Windows[j].Days = append([]string{}, r.Windows[j].Days...)
		}
	}
	return p
}

func (p Plan) compile() (*plan, error) {
	var w problems
	w.name("body.name", p.Name)
	if p.Team == "" {
		w.add("body.team", "Name the team that the schedule is for.")
	}
	zone := w.zone("body.zone", p.Zone, false)
	switch n := len(p.Rotations); {
	case n == 0:
		w.add("body.rotations", "A schedule needs at least one rotation.")
	case n > maxRotations:
		w.add("body.rotations", "A schedule has at most %d rotations.", maxRotations)
		return nil, w.err()
	}
	out := &plan{}
	ids := map[string]bool{}
	for i, r := range p.Rotations {
		location := fmt.Sprintf("body.rotations[%d]", i)
		if r.ID != "" && ids[r.ID] || len(r.ID) > 40 || strings.Contains(r.ID, ":") {
			w.add(location+".id", "An id is of one rotation, has at most 40 characters and no colon.")
		}
		ids[r.ID] = true
		out.rotas = append(out.rotas, w.rota(location, r, zone))
	}
	return out, w.err()
}

func (p *problems) name(location, name string) {
	if name = strings.TrimSpace(name); name == "" || len(name) > 200 || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		p.add(location, "A name has 1 to 200 characters, on one line.")
	}
}

func (p *problems) rota(location string, r Rotation, zone *time.Location) *rota {
	out := &rota{id: r.ID, name: r.Name, kind: r.Kind, every: int64(r.Every), zone: zone, people: r.Participants}
	if r.Name != "" {
		p.name(location+".name", r.Name)
	}
	if r.Zone != "" {
		out.zone = p.zone(location+".zone", r.Zone, false)
	}
	if r.Every < 1 || r.Every > maxEvery {
		p.add(location+".every", "A turn is 1 to %d days, weeks or hours.", maxEvery)
	}
	out.minutes = p.time(location+".handoff.time", r.Handoff.Time)
	if d, ok := p.date(location+".start", r.Start); ok {
		out.start = time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Unix() / daySeconds
	}
	out.anchor = out.start
	p.kind(location, r, out)
	p.participants(location+".participants", r.Participants)
	out.windows = p.windows(location+".windows", r.Windows, out.zone)
	return out
}

// kind sets how long a turn is, and for weeks the day from which they count: the
// weekday on or before the start.
func (p *problems) kind(location string, r Rotation, out *rota) {
	switch r.Kind {
	case "daily", "hours":
	case "weekly":
		day := slices.Index(dayNames(), r.Handoff.Weekday)
		if day < 0 {
			p.add(location+".handoff.weekday", "A weekly rotation changes on mon, tue, wed, thu, fri, sat or sun.")
			return
		}
		out.anchor -= floorMod(int64(weekday(out.start)-day), 7)
		out.every *= 7
	default:
		p.add(location+".kind", "A rotation is daily, weekly or hours.")
	}
}

func (p *problems) time(location, text string) int {
	n, ok := parseMinute(text)
	if !ok || n == 1440 {
		p.add(location, "%q is not a time of day such as 09:00.", clip(text))
	}
	return n
}

func (p *problems) participants(location string, people []string) {
	switch n := len(people); {
	case n == 0:
		p.add(location, "A rotation needs at least one person.")
	case n > maxParticipants:
		p.add(location, "A rotation has at most %d people.", maxParticipants)
	}
	for i, id := range people {
		if id == "" || len(id) > 100 {
			p.add(fmt.Sprintf("%s[%d]", location, i), "This is not the id of a person.")
		}
	}
}

// windows makes a calendar of when a rotation is on; nil is always.
func (p *problems) windows(location string, windows []Window, zone *time.Location) *Calendar {
	if len(windows) > maxWindows {
		p.add(location, "A rotation has at most %d windows.", maxWindows)
		return nil
	}
	if len(windows) == 0 {
		return nil
	}
	out := &Calendar{Zone: zone}
	for i, w := range windows {
		at := fmt.Sprintf("%s[%d]", location, i)
		span, fail := parseSpan(w.From + "-" + w.To)
		if fail != "" {
			p.add(at+".from", "%s", fail)
		}
		if len(w.Days) == 0 {
			p.add(at+".days", "A window on no day is never open.")
		}
		for j, name := range w.Days {
			day := slices.Index(dayNames(), name)
			if day < 0 {
				p.add(fmt.Sprintf("%s.days[%d]", at, j), "The days are mon, tue, wed, thu, fri, sat and sun.")
				continue
			}
			out.Weekly[day] = append(out.Weekly[day], span)
		}
	}
	for day := range out.Weekly {
		out.Weekly[day] = mergeSpans(out.Weekly[day])
	}
	return out
}

// people lists everybody whom a plan names, once.
func (p Plan) people() []string {
	var all []string
	for _, r := range p.Rotations {
		all = append(all, r.Participants...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
