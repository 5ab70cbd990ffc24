package sla

import (
	"encoding/json"
	"errors"
	"slices"
	"sync"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// versions keeps compiled versions and since when each is in force. A version
// never changes once it is committed; one that was seen in a transaction that
// came to nothing is told apart by its time.
type versions struct {
	mu    sync.Mutex
	ready map[versionKey]*Version
	times map[string][]versionTime // by tenant, in the order of the numbers
}

// versionTime is since when a version is in force.
type versionTime struct{ number, at int64 }

type versionKey struct {
	tenant string
	versionTime
}

func newVersions() *versions {
	return &versions{ready: map[versionKey]*Version{}, times: map[string][]versionTime{}}
}

func (v *versions) get(k versionKey) *Version {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.ready[k]
}

func (v *versions) put(k versionKey, doc *Version) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.ready[k] = doc
}

func (v *versions) known(tenant string) []versionTime {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.times[tenant]
}

func (v *versions) learn(tenant string, times []versionTime) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.times[tenant] = times
}

const (
	sqlNewestVersion = `SELECT version, at FROM sla_version WHERE tenant = $1 ORDER BY version DESC LIMIT 1`
	sqlVersionTimes  = `SELECT version, at FROM sla_version WHERE tenant = $1 ORDER BY version`
	sqlVersionDoc    = `SELECT doc FROM sla_version WHERE tenant = $1 AND version = $2`
)

func scanVersionTime(r db.Scanner) (t versionTime, err error) { return t, r.Scan(&t.number, &t.at) }

// newest is the version in force; its number is 0 when there is none.
func newest(tx *db.Tx) (versionTime, error) {
	t, err := scanVersionTime(tx.QueryRow(sqlNewestVersion, tx.Tenant()))
	if errors.Is(err, db.ErrNoRows) {
		return versionTime{}, nil
	}
	return t, fault.Wrap(err, "finding the targets in force")
}

// times lists since when each version is in force.
func (s *SLA) times(tx *db.Tx) ([]versionTime, error) {
	last, err := newest(tx)
	if err != nil || last.number == 0 {
		return nil, err
	}
	known := s.versions.known(tx.Tenant())
	if n := len(known); n > 0 && known[n-1] == last {
		return known, nil
	}
	if known, err = db.All(tx, scanVersionTime, sqlVersionTimes, tx.Tenant()); err != nil {
		return nil, fault.Wrap(err, "reading the versions of the targets")
	}
	s.versions.learn(tx.Tenant(), known)
	return known, nil
}

// version is one version of the document by its number.
func (s *SLA) version(tx *db.Tx, number int64) (*Version, error) {
	times, err := s.times(tx)
	if err != nil {
		return nil, err
	}
	for _, t := range times {
		if t.number == number {
			return s.load(tx, t)
		}
	}
	return nil, fault.New(fault.Missing, "There is no version %d of the targets.", number)
}

// load reads a version once. One that was stored and cannot be read whole any
// longer, as when a time zone is gone, is used as far as it can be: tickets must
// not lose their clocks.
func (s *SLA) load(tx *db.Tx, t versionTime) (*Version, error) {
	key := versionKey{tx.Tenant(), t}
	if v := s.versions.get(key); v != nil {
		return v, nil
	}
	var raw []byte
	if err := tx.QueryRow(sqlVersionDoc, tx.Tenant(), t.number).Scan(&raw); err != nil {
		return nil, fault.Wrap(err, "loading version %d of the targets", t.number)
	}
	doc, err := readDocument(raw)
	if err != nil {
		return nil, err
	}
	v, problems := compile(doc, t.number, t.at)
	if err := problems.err(); err != nil {
		s.log.Error("a version of the targets cannot be read whole any longer", "version", t.number, "error", err.Error())
	}
	s.versions.put(key, v)
	return v, nil
}

func readDocument(raw []byte) (Document, error) {
	var doc Document
	err := json.Unmarshal(raw, &doc)
	if err != nil {
		return doc, fault.New(fault.Internal, "The targets cannot be read.").WithSlug(slugBroken).Because(err)
	}
	return doc.filled(), nil
}

// filled makes empty what is nil.
func (d Document) filled() Document {
	d.Calendars, d.Policies, d.Ladders = list(d.Calendars), list(d.Policies), list(d.Ladders)
	for i := range d.Policies {
		p := &d.Policies[i]
		p.Timers, p.WarnAt, p.PauseReasons, p.PageOnOpen = list(p.Timers), list(p.WarnAt), list(p.PauseReasons), list(p.PageOnOpen)
		p.MaxPaused, p.ReackAfter = table(p.MaxPaused), table(p.ReackAfter)
		for j := range p.Timers {
			p.Timers[j].Targets, p.Timers[j].Calendar = table(p.Timers[j].Targets), table(p.Timers[j].Calendar)
		}
		for j := range p.PauseReasons {
			p.PauseReasons[j].Roles = list(p.PauseReasons[j].Roles)
		}
	}
	for i := range d.Ladders {
		l := &d.Ladders[i]
		l.Levels, l.Fallback = list(l.Levels), list(l.Fallback)
		for j := range l.Levels {
			l.Levels[j].Notify = list(l.Levels[j].Notify)
		}
	}
	for i := range d.Calendars {
		c := &d.Calendars[i]
		c.Closed, c.Weekly, c.Special = list(c.Closed), table(c.Weekly), table(c.Special)
	}
	return d
}

func list[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return slices.Clone(l)
}

func table[V any](m map[string]V) map[string]V {
	if m == nil {
		return map[string]V{}
	}
	return m
}

// versionsFor are the versions that a story follows: that in force when the
// ticket was opened, or the first, and those that it was moved to.
func (s *SLA) versionsFor(tx *db.Tx, story []Event) ([]*Version, error) {
	times, err := s.times(tx)
	if err != nil {
		return nil, err
	}
	if len(times) == 0 {
		return nil, errNoTargets()
	}
	if len(story) == 0 {
		return nil, nil
	}
	first := inForce(times, story[0].At)
	var docs []*Version
	for _, t := range times {
		if t != first && !slices.ContainsFunc(story, func(e Event) bool { return e.Version == t.number }) {
			continue
		}
		v, err := s.load(tx, t)
		if err != nil {
			return nil, err
		}
		docs = append(docs, v)
	}
	return docs, nil
}

// Slugs of what is wrong with the document itself.
const (
	slugNoTargets = "no-targets"
	slugBroken    = "broken-targets"
)

func errNoTargets() error {
	return fault.New(fault.Missing, "There are no targets yet.").WithSlug(slugNoTargets)
}

// inForce is the version in force at an instant, or the first.
func inForce(times []versionTime, at int64) versionTime {
	in := times[0]
	for _, t := range times {
		if t.at <= at {
			in = t
		}
	}
	return in
}
