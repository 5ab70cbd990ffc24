package sla

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
)

// Stream is the journal stream of the document.
const Stream = "sla"

// Sections are parts of the document. A nil section is one that a change leaves
// as it is.
type Sections struct {
	Calendars []CalendarDoc `json:"calendars,omitempty" maxItems:"100" nullable:"false"`
	Policies  []Policy      `json:"policies,omitempty" maxItems:"100" nullable:"false"`
	Ladders   []Ladder      `json:"ladders,omitempty" maxItems:"100" nullable:"false"`
}

// Edition is a version of the document as people see it.
type Edition struct {
	Document
	Rev    int64     `json:"rev"`
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	ByName string    `json:"by_name"`
	Reason string    `json:"reason"`
}

// EditionBrief is one change of the document.
type EditionBrief struct {
	Rev      int64     `json:"rev"`
	At       time.Time `json:"at"`
	By       string    `json:"by"`
	ByName   string    `json:"by_name"`
	Reason   string    `json:"reason"`
	Sections []string  `json:"sections" nullable:"false" doc:"Those that changed"`
	BackTo   int64     `json:"back_to" doc:"The version that was put back; 0 for none"`
}

// Change is a change of some sections of the version that the caller has read.
type Change struct {
	Sections
	Rev    int64
	Reason string
	backTo int64
}

const (
	sqlEdition = `SELECT doc, version, at, by_actor, reason FROM sla_version WHERE tenant = $1 AND version = $2`
	sqlHistory = `SELECT version, at, by_actor, reason, sections, back_to FROM sla_version WHERE tenant = $1 ORDER BY version DESC LIMIT 200`
	sqlKeep    = `INSERT INTO sla_version(tenant, version, doc, at, by_actor, reason, sections, back_to) VALUES ($1,$2,$3,$4,$5,$6,$7,$8) ON CONFLICT (tenant, version) DO NOTHING`
)

// Edition is the document in force.
func (s *SLA) Edition(tx *db.Tx) (Edition, error) {
	t, err := newest(tx)
	if err != nil {
		return Edition{}, err
	}
	if t.number == 0 {
		doc, err := s.shipped(tx)
		return Edition{Document: doc, Rev: 1, At: db.Time(tx.Now())}, err // as Ensure will write it
	}
	return s.EditionAt(tx, t.number)
}

// EditionAt is the document as it was.
func (s *SLA) EditionAt(tx *db.Tx, rev int64) (e Edition, err error) {
	var raw []byte
	var at int64
	err = tx.QueryRow(sqlEdition, tx.Tenant(), rev).Scan(&raw, &e.Rev, &at, &e.By, &e.Reason)
	if errors.Is(err, db.ErrNoRows) {
		return e, fault.New(fault.Missing, "There is no version %d of the targets.", rev)
	}
	if err != nil {
		return e, fault.Wrap(err, "loading version %d of the targets", rev)
	}
	e.At = db.Time(at)
	if e.Document, err = readDocument(raw); err != nil {
		return e, err
	}
	names, err := s.names(tx, db.Actor(e.By).Person())
	e.ByName = names[db.Actor(e.By).Person()]
	return e, err
}

// names are those of people, teams and schedules.
func (s *SLA) names(tx *db.Tx, ids ...string) (map[string]string, error) {
	ids = slices.DeleteFunc(ids, func(id string) bool { return id == "" })
	if s.people.Names == nil || len(ids) == 0 {
		return map[string]string{}, nil
	}
	return s.people.Names(tx, ids)
}

// History lists the changes of the document, newest first.
func (s *SLA) History(tx *db.Tx) ([]EditionBrief, error) {
	out, err := db.All(tx, func(r db.Scanner) (e EditionBrief, err error) {
		var at int64
		var sections string
		err = r.Scan(&e.Rev, &at, &e.By, &e.Reason, &sections, &e.BackTo)
		e.At, e.Sections = db.Time(at), strings.FieldsFunc(sections, func(r rune) bool { return r == ',' })
		return e, err
	}, sqlHistory, tx.Tenant())
	if err != nil {
		return nil, fault.Wrap(err, "reading the history of the targets")
	}
	ids := []string{}
	for _, e := range out {
		ids = append(ids, db.Actor(e.By).Person())
	}
	names, err := s.names(tx, ids...)
	for i := range out {
		out[i].ByName = names[db.Actor(out[i].By).Person()]
	}
	return out, err
}

// Ensure writes the document that an installation begins with, where there is
// none. Whoever needs one first may call it.
func (s *SLA) Ensure(tx *db.Tx) error {
	t, err := newest(tx)
	if err != nil || t.number > 0 {
		return err
	}
	doc, err := s.shipped(tx)
	if err != nil {
		return err
	}
	err = s.keep(tx, Edition{Document: doc, Rev: 1}, Change{}, sectionNames())
	if fault.Is(err, fault.Conflict) { // another was first
		return nil
	}
	return err
}

func (s *SLA) shipped(tx *db.Tx) (Document, error) {
	zone := ""
	if s.people.Zone != nil {
		loc, err := s.people.Zone(tx)
		if err != nil {
			return Document{}, fault.Wrap(err, "finding the time zone")
		}
		zone = loc.String()
	}
	return Default(zone).filled(), nil
}

// Set changes the document: a new version, which tickets opened from now on
// follow. Running clocks go on by theirs until they are re-based.
func (s *SLA) Set(tx *db.Tx, ch Change) (Edition, error) {
	if err := s.Ensure(tx); err != nil {
		return Edition{}, err
	}
	old, err := s.Edition(tx)
	if err != nil {
		return old, err
	}
	if old.Rev != ch.Rev {
		return old, stale(old)
	}
	if len([]rune(ch.Reason)) > mostPauseText {
		return old, fault.Field("body.reason", "must have at most %d characters", mostPauseText)
	}
	e := Edition{Document: old.with(ch.Sections), Rev: old.Rev + 1}
	if err := s.check(tx, e.Document, old.Document); err != nil {
		return old, err
	}
	sections := changed(old.Document, e.Document)
	if len(sections) == 0 {
		return old, nil
	}
	if err := s.keep(tx, e, ch, sections); err != nil {
		return old, err
	}
	return s.EditionAt(tx, e.Rev)
}

func stale(current Edition) error {
	return fault.New(fault.Conflict, "The targets were changed by somebody else.").WithSlug("stale-revision").WithExtra("current", current)
}

// with is the document with the sections of a change in place.
func (d Document) with(s Sections) Document {
	if s.Calendars != nil {
		d.Calendars = s.Calendars
	}
	if s.Policies != nil {
		d.Policies = s.Policies
	}
	if s.Ladders != nil {
		d.Ladders = s.Ladders
	}
	return d.filled()
}

func sectionNames() []string { return []string{"calendars", "policies", "ladders"} }

// changed names the sections that differ.
func changed(a, b Document) []string {
	out := []string{}
	for i, same := range []bool{same(a.Calendars, b.Calendars), same(a.Policies, b.Policies), same(a.Ladders, b.Ladders)} {
		if !same {
			out = append(out, sectionNames()[i])
		}
	}
	return out
}

// keep writes a version. Versions follow each other in time, whatever the clock
// does, because a ticket follows that in force when it was opened.
func (s *SLA) keep(tx *db.Tx, e Edition, ch Change, sections []string) error {
	raw, err := json.Marshal(e.Document)
	if err != nil {
		return err
	}
	last, err := newest(tx)
	if err != nil {
		return err
	}
	reason := cleanText(ch.Reason)
	n, err := tx.Exec(sqlKeep, tx.Tenant(), e.Rev, raw, max(tx.Now(), last.at+1), string(tx.Actor()), reason, strings.Join(sections, ","), ch.backTo)
	if err != nil {
		return fault.Wrap(err, "keeping a version of the targets")
	}
	if n == 0 {
		return db.Again(fault.New(fault.Conflict, "The targets were changed at the same moment."))
	}
	_, err = s.journal.Append(tx, journal.Entry{
		Stream: Stream, Kind: journal.SLAChanged,
		Data: map[string]any{"back_to": ch.backTo, "rev": e.Rev, "sections": sections}, Priv: map[string]any{"reason": reason},
	})
	return err
}

// Undo puts an earlier version back, as a new one. People whom its ladders name
// may have left since: it is checked like any change.
func (s *SLA) Undo(tx *db.Tx, rev, to int64, reason string) (Edition, error) {
	e, err := s.EditionAt(tx, to)
	if err != nil {
		return e, err
	}
	return s.Set(tx, Change{Sections: Sections{e.Calendars, e.Policies, e.Ladders}, Rev: rev, Reason: reason, backTo: to})
}
