package ticket

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
	"tocsin/internal/journal"
)

// Briefing is what whoever accepts a ticket has to read: the ticket as it was
// when it was offered. It never changes; its hash stands in the journal.
type Briefing struct {
	MadeAt   time.Time `json:"made_at"`
	Sections []Section `json:"sections"`
}

// Section is one part of a briefing.
type Section struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Text  string `json:"text"`
	// EmptyBecause says why nothing stands here; "" where something does.
	EmptyBecause string  `json:"empty_because"`
	Items        []Point `json:"items"`
	Hash         string  `json:"hash" doc:"SHA-256 of the section without this field, hex"`
}

// Point is one line of a section.
type Point struct {
	Text   string     `json:"text"`
	Detail string     `json:"detail"`
	At     *time.Time `json:"at"`
	Link   string     `json:"link" doc:"Where it is to be seen: a finding, a ticket"`
	State  string     `json:"state"`
}

// limits of a briefing.
const (
	briefHappened = 10
	briefFindings = 20
	briefIOCs     = 30
	briefText     = 2_000
)

func (b Briefing) ids() []string {
	out := []string{}
	for _, s := range b.Sections {
		out = append(out, s.ID)
	}
	return out
}

func (b Briefing) section(id string) *Section {
	for i := range b.Sections {
		if b.Sections[i].ID == id {
			return &b.Sections[i]
		}
	}
	return nil
}

// bytes are the briefing as it is kept and hashed.
func (b Briefing) bytes() ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	err := enc.Encode(b)
	return bytes.TrimRight(out.Bytes(), "\n"), fault.Wrap(err, "writing a briefing")
}

func (Briefing) hash(body []byte) []byte { sum := sha256.Sum256(body); return sum[:] }

// brief gathers the briefing of a ticket as it is now.
func (ts *Tickets) brief(tx *db.Tx, t *Ticket, o Offer) (Briefing, error) {
	b := Briefing{MadeAt: db.Time(tx.Now())}
	found, err := ts.findings.OfTicket(tx, t.ID, shownFindings)
	if err != nil {
		return b, err
	}
	w := &briefer{ts: ts, tx: tx, t: t, found: found, offer: o}
	for _, make := range []func() (Section, error){
		w.summary, w.timers, w.happened, w.tasks, w.approvals, w.runs, w.evidence, w.indicators, w.external, w.nextStep, w.risks,
	} {
		s, err := make()
		if err != nil {
			return b, fault.Wrap(err, "briefing on %s", Number(t.Number))
		}
		if s.Items == nil {
			s.Items = []Point{}
		}
		if s, err = s.sealed(); err != nil {
			return b, err
		}
		b.Sections = append(b.Sections, s)
	}
	return b, nil
}

// sealed adds the hash of a section.
func (s Section) sealed() (Section, error) {
	s.Hash = ""
	body, err := json.Marshal(s)
	sum := sha256.Sum256(body)
	s.Hash = hex.EncodeToString(sum[:])
	return s, fault.Wrap(err, "hashing a section")
}

// briefer writes the sections of one briefing.
type briefer struct {
	ts    *Tickets
	tx    *db.Tx
	t     *Ticket
	found []*finding.Finding
	offer Offer
}

func (w *briefer) summary() (Section, error) {
	names, err := w.ts.people.Names(w.tx, []string{w.t.Accountable, w.t.Team})
	if err != nil {
		return Section{}, err
	}
	visits, err := visits(w.tx, w.t.ID)
	if err != nil {
		return Section{}, err
	}
	s := Section{ID: "summary", Title: "Summary", Text: clip(w.t.Description, briefText)}
	s.Items = []Point{
		{Text: w.t.Title, Detail: Number(w.t.Number), State: string(w.t.Severity)},
		{Text: "Responsible now: " + orSomebody(names[w.t.Accountable]), Detail: names[w.t.Team]},
	}
	if n := len(visits); n > 0 {
		s.Items = append(s.Items, Point{Text: "Phase: " + spoken(string(w.t.Phase)), At: &visits[n-1].EnteredAt})
	}
	if w.t.Resource != "" {
		s.Items = append(s.Items, Point{Text: "Affected: " + w.t.Resource, Detail: strings.TrimSpace(w.t.Account + " " + w.t.Region)})
	}
	return s, nil
}

func (w *briefer) timers() (Section, error) {
	s := Section{ID: "timers", Title: "Clocks", EmptyBecause: "No target applies to this ticket."}
	if w.ts.clocks.Timers == nil {
		return s, nil
	}
	list, err := w.ts.clocks.Timers(w.tx, w.t)
	for _, timer := range list {
		s.EmptyBecause = ""
		name := spoken(timer.Metric)
		if timer.Phase != "" {
			name += " " + spoken(timer.Phase)
		}
		s.Items = append(s.Items, Point{Text: name, Detail: "within " + timer.Target, At: timer.DueAt, State: timer.State})
	}
	return s, err
}

func (w *briefer) happened() (Section, error) {
	s := Section{ID: "happened", Title: "What happened"}
	entries, err := w.ts.significant(w.tx, w.t.ID, briefHappened)
	if err != nil {
		return s, err
	}
	said, err := w.ts.sentences(w.tx, entries)
	for _, c := range said {
		at := c.At
		s.Items = append(s.Items, Point{Text: c.Summary, Detail: c.ActorName, At: &at, State: c.Kind})
	}
	return s, err
}

func (w *briefer) tasks() (Section, error) {
	s := Section{ID: "tasks", Title: "Open tasks", EmptyBecause: "No task is open."}
	list, err := w.ts.Tasks(w.tx, w.t.ID)
	for _, task := range list {
		if task.State == TaskOpen {
			s.EmptyBecause = ""
			s.Items = append(s.Items, Point{Text: task.Title, Detail: strings.TrimSpace(spoken(string(task.Phase)) + " " + task.AssigneeName), At: &task.MadeAt, State: "open"})
		}
	}
	return s, err
}

func (w *briefer) approvals() (Section, error) {
	return Section{ID: "approvals", Title: "Pending approvals", EmptyBecause: "Nothing on this ticket waits for an approval."}, nil
}

func (w *briefer) runs() (Section, error) {
	return Section{ID: "runs", Title: "Running playbooks", EmptyBecause: "No playbook runs on this ticket."}, nil
}

// evidence lists the originals of the findings: what the detectors said, kept
// byte for byte.
func (w *briefer) evidence() (Section, error) {
	s := Section{ID: "evidence", Title: "Evidence", EmptyBecause: "The ticket has no finding, so no original is kept; nobody has added a file."}
	page, err := w.ts.findings.SummariesOfTicket(w.tx, w.t.ID, briefFindings)
	for _, f := range page {
		s.EmptyBecause = ""
		at := f.ReceivedAt
		s.Items = append(s.Items, Point{Text: "Original: " + f.Title, Detail: f.Severity, At: &at, Link: "/findings/" + f.ID})
	}
	if more := w.t.FindingCount - int64(len(page)); more > 0 && len(page) > 0 {
		s.Text = fmt.Sprintf("And the originals of %d more findings.", more)
	}
	if err != nil {
		return s, err
	}
	return s, w.briefFiles(&s)
}

func (w *briefer) indicators() (Section, error) {
	s := Section{ID: "indicators", Title: "Indicators", EmptyBecause: "The findings name no indicator of compromise."}
	list, err := w.ts.indicators(w.tx, []string{w.t.ID}, w.found)
	for _, i := range list[:min(len(list), briefIOCs)] {
		s.EmptyBecause = ""
		s.Items = append(s.Items, Point{Text: i.Value, Detail: i.Type + seenElsewhere(i.SeenIn), State: i.Verdict})
	}
	return s, err
}

func seenElsewhere(n int) string {
	switch {
	case n >= maxSeenIn:
		return fmt.Sprintf(", in %d other tickets or more", maxSeenIn)
	case n > 0:
		return fmt.Sprintf(", in %d other tickets", n)
	}
	return ""
}

func (w *briefer) external() (Section, error) {
	s := Section{ID: "external", Title: "Other tickets", EmptyBecause: "No ticket of another system and no other ticket is linked."}
	list, err := links(w.tx, w.t.ID)
	for _, l := range list {
		s.EmptyBecause = ""
		s.Items = append(s.Items, Point{Text: l.Number, Detail: spoken(l.Kind), Link: "/tickets/" + l.Number})
	}
	return s, err
}

func (w *briefer) nextStep() (Section, error) {
	return Section{ID: "next_step", Title: "Next step", Text: w.offer.NextStep}, nil
}

func (w *briefer) risks() (Section, error) {
	s := Section{ID: "risks", Title: "Risks", Text: w.offer.Risks}
	switch {
	case s.Text != "":
	case w.offer.Auto != "":
		s.EmptyBecause = "The offer was made by itself, so nobody has written risks down."
	default:
		s.EmptyBecause = "Whoever offers it names no risk; from high upwards one must be named."
	}
	return s, nil
}

// significant are the newest entries of the short story of a ticket, oldest
// first.
func (ts *Tickets) significant(tx *db.Tx, id string, limit int) ([]journal.Record, error) {
	kinds := []string{}
	for _, k := range journal.Kinds() {
		// How people were called is told by the account of the ladders.
		if k.Significant && !slices.Contains([]string{journal.NotificationFailed, journal.EscalationGap, journal.EscalationMissed}, k.Kind) {
			kinds = append(kinds, k.Kind)
		}
	}
	return ts.journal.NewestOf(tx, Stream(id), limit, kinds...)
}
