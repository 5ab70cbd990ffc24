package sla

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
	"tocsin/internal/ticket"
)

// Explained is an account of how the clocks of a ticket came to stand as they do.
type Explained struct {
	Ticket     string      `json:"ticket"`
	Number     string      `json:"number"`
	Policy     string      `json:"policy"`
	PolicyName string      `json:"policy_name"`
	Version    int64       `json:"version"`
	Severity   string      `json:"severity"`
	Timers     []ClockView `json:"timers" nullable:"false"`
	Steps      []StepView  `json:"steps" nullable:"false"`
	Runs       []RunView   `json:"runs" nullable:"false"`
	Pauses     []PauseView `json:"pauses" nullable:"false"`
	ReackAt    *time.Time  `json:"reack_at" doc:"When the owner is asked whether they are still on it"`
	NextAt     *time.Time  `json:"next_at" doc:"When something passes next"`
}

// StepView is one thing that happened to the clocks.
type StepView struct {
	At     time.Time `json:"at"`
	Kind   string    `json:"kind"`
	Text   string    `json:"text"`
	Metric string    `json:"metric"`
}

// RunView is a ladder that was or is climbed.
type RunView struct {
	ID        string     `json:"id"`
	Trigger   string     `json:"trigger"`
	Cycle     int64      `json:"cycle"`
	Ladder    string     `json:"ladder"`
	State     string     `json:"state" enum:"running,stopped"`
	Level     int64      `json:"level"`
	BeganAt   time.Time  `json:"began_at"`
	NextAt    *time.Time `json:"next_at"`
	StoppedAt *time.Time `json:"stopped_at"`
	StoppedBy string     `json:"stopped_by"`
	Pages     []PageView `json:"pages" nullable:"false"`
}

// PageView is one call of people.
type PageView struct {
	At          time.Time      `json:"at"`
	Level       int64          `json:"level"`
	Targets     []string       `json:"targets" nullable:"false"`
	People      []NamedView    `json:"people" nullable:"false"`
	LateSeconds int64          `json:"late_seconds"`
	Delivered   []DeliveryView `json:"delivered" nullable:"false"`
}

// NamedView is a person or a channel.
type NamedView struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// DeliveryView is what became of a message.
type DeliveryView struct {
	Person  string    `json:"person"`
	Channel string    `json:"channel"`
	State   string    `json:"state"`
	At      time.Time `json:"at"`
}

// Delivery is what became of one notice over one channel.
type Delivery struct {
	Key, Person, Channel, State string
	At                          int64
}

// PauseView is a pause as people see it.
type PauseView struct {
	PauseRow
	AskedByName   string     `json:"asked_by_name"`
	DecidedByName string     `json:"decided_by_name"`
	Until         time.Time  `json:"until"`
	AskedAt       time.Time  `json:"asked_at"`
	DecidedAt     *time.Time `json:"decided_at"`
	EndedAt       *time.Time `json:"ended_at"`
}

// Explain says how the clocks of a ticket came to stand as they do.
func (s *SLA) Explain(tx *db.Tx, ref string) (Explained, error) {
	t, err := s.tickets.Get(tx, ref)
	if err != nil {
		return Explained{}, err
	}
	docs, story, err := s.story(tx, t)
	if err != nil {
		return Explained{}, err
	}
	var said []Sentence
	st := replay(docs, story, tx.Now(), func(s Sentence) { said = append(said, s) })
	out := Explained{
		Ticket: t.ID, Number: ticket.Number(t.Number), Policy: st.Policy, PolicyName: st.PolicyName, Version: st.Version, Severity: st.Severity,
		Timers: views(st.Clocks), Steps: steps(said), ReackAt: timeOrNil(st.ReackAt), NextAt: timeOrNil(st.NextAt),
	}
	if out.Runs, err = s.runViews(tx, t.ID); err != nil {
		return out, err
	}
	out.Pauses, err = s.Pauses(tx, t.ID)
	return out, err
}

// steps puts sentences in the order of their times.
func steps(said []Sentence) []StepView {
	slices.SortStableFunc(said, func(a, b Sentence) int { return cmp.Compare(a.At, b.At) })
	out := make([]StepView, len(said))
	for i, s := range said {
		out[i] = StepView{clock(s.At), s.Kind, s.Text, s.Metric}
	}
	return out
}

func clock(at int64) time.Time { return db.Time(at) }

// Pauses lists the pauses of a ticket, newest first.
func (s *SLA) Pauses(tx *db.Tx, id string) ([]PauseView, error) {
	rows, err := db.All(tx, scanPause, sqlPauses, tx.Tenant(), id)
	if err != nil {
		return nil, fault.Wrap(err, "listing the pauses of a ticket")
	}
	out := []PauseView{}
	for _, p := range rows {
		v, err := s.PauseView(tx, p)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// PauseView is a pause with the names of people.
func (s *SLA) PauseView(tx *db.Tx, p PauseRow) (PauseView, error) {
	names, err := s.names(tx, p.AskedBy, p.DecidedBy)
	return PauseView{
		PauseRow: p, AskedByName: names[p.AskedBy], DecidedByName: names[p.DecidedBy], Until: clock(p.Until), AskedAt: clock(p.AskedAt),
		DecidedAt: timeOrNil(p.DecidedAt), EndedAt: timeOrNil(p.EndedAt),
	}, err
}

const sqlRunViews = `SELECT id, trigger, cycle, ladder, state, level, began_at, COALESCE(next_at,0), COALESCE(stopped_at,0), stopped_by
	FROM ladder_run WHERE tenant = $1 AND ticket = $2 ORDER BY began_at, id`

func scanRunView(r db.Scanner) (v RunView, err error) {
	var began, next, stopped int64
	err = r.Scan(&v.ID, &v.Trigger, &v.Cycle, &v.Ladder, &v.State, &v.Level, &began, &next, &stopped, &v.StoppedBy)
	v.BeganAt, v.NextAt, v.StoppedAt, v.Pages = clock(began), timeOrNil(next), timeOrNil(stopped), []PageView{}
	return v, err
}

// runViews lists the ladders of a ticket with everybody whom they called.
func (s *SLA) runViews(tx *db.Tx, id string) ([]RunView, error) {
	runs, err := db.All(tx, scanRunView, sqlRunViews, tx.Tenant(), id)
	if err != nil {
		return nil, fault.Wrap(err, "listing the ladders of a ticket")
	}
	paged, err := journal.Story(tx, ticket.Stream(id), journal.EscalationPaged)
	if err != nil {
		return nil, err
	}
	var delivered []Delivery
	if s.delivered != nil && len(paged) > 0 {
		if delivered, err = s.delivered(tx, id); err != nil {
			return nil, err
		}
	}
	for i := range paged {
		page, run, err := s.pageView(tx, &paged[i], delivered)
		if err != nil {
			return nil, err
		}
		if at := slices.IndexFunc(runs, func(r RunView) bool { return r.ID == run }); at >= 0 {
			runs[at].Pages = append(runs[at].Pages, page)
		}
	}
	return runs, nil
}

func (s *SLA) pageView(tx *db.Tx, r *journal.Record, delivered []Delivery) (PageView, string, error) {
	var d struct {
		Run             string
		Level, Repeat   int64
		LateBy          int64 `json:"late_by"`
		People, Targets []string
	}
	page := PageView{At: r.Time(), Targets: []string{}, People: []NamedView{}, Delivered: []DeliveryView{}}
	if err := json.Unmarshal(r.Data, &d); err != nil {
		return page, "", err
	}
	page.Level, page.LateSeconds = d.Level, d.LateBy/1e6
	page.Targets = append(page.Targets, d.Targets...)
	names, err := s.names(tx, d.People...)
	if err != nil {
		return page, "", err
	}
	for _, id := range d.People {
		name := names[id]
		if name == "" {
			if name, err = ask(s.people.Channel, tx, id); err != nil {
				return page, "", err
			}
		}
		page.People = append(page.People, NamedView{id, name})
	}
	for _, one := range delivered {
		if ofPage(one.Key, d.Run, d.Level, d.Repeat) {
			page.Delivered = append(page.Delivered, DeliveryView{one.Person, one.Channel, one.State, clock(one.At)})
		}
	}
	return page, d.Run, nil
}

// ofPage reports whether a notice is of one call (pageNotice).
func ofPage(key, run string, level, repeat int64) bool {
	return strings.HasPrefix(key, fmt.Sprintf("page|%s|%d.%d|", run, level, repeat))
}
