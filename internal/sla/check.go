package sla

import (
	"fmt"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// check says everything that is wrong with a document that somebody wants to
// save. Ladders that nobody changes are not held to who is there today: whoever
// changes a target need not know who has left.
func (s *SLA) check(tx *db.Tx, doc, old Document) error {
	_, problems := compile(doc, 0, tx.Now())
	before := map[string]*Ladder{}
	for i := range old.Ladders {
		before[old.Ladders[i].ID] = &old.Ladders[i]
	}
	for i := range doc.Ladders {
		l := &doc.Ladders[i]
		if was := before[l.ID]; was != nil && same(was, l) {
			continue
		}
		if err := s.checkLadder(tx, fmt.Sprintf("body.ladders[%d]", i), l, problems); err != nil {
			return err
		}
	}
	return problems.err()
}

// checkLadder checks that everybody whom a ladder names is there, and that its
// fallback reaches somebody in a way that is known to work.
func (s *SLA) checkLadder(tx *db.Tx, at string, l *Ladder, p *problems) error {
	for i, level := range l.Levels {
		for j, text := range level.Notify {
			if err := s.checkWho(tx, fmt.Sprintf("%s.levels[%d].notify[%d]", at, i, j), text, p); err != nil {
				return err
			}
		}
	}
	reached := isShipped(l)
	for i, text := range l.Fallback {
		if err := s.checkWho(tx, fmt.Sprintf("%s.fallback[%d]", at, i), text, p); err != nil {
			return err
		}
		ok, err := s.reaches(tx, text)
		if err != nil {
			return err
		}
		reached = reached || ok
	}
	if !reached && len(l.Fallback) > 0 {
		p.unreachable++
		p.add(at+".fallback", "reaches nobody for sure: name a person who has confirmed a channel, or a channel whose test succeeded")
	}
	return nil
}

// reaches reports whether a name of a fallback leads to somebody in a way that
// was proved.
func (s *SLA) reaches(tx *db.Tx, text string) (bool, error) {
	w, err := ParseWho(text)
	if err != nil {
		return false, nil //nolint:nilerr // what cannot be read is said elsewhere
	}
	switch w.Kind {
	case WhoUser:
		active, err := s.active(tx, w.ID)
		if err != nil || !active {
			return false, err
		}
		return s.reachable(tx, callee{person: w.ID})
	case WhoChannel:
		name, err := ask(s.people.Channel, tx, w.ID)
		if err != nil || name == "" {
			return false, err
		}
		return s.reachable(tx, callee{channel: w.ID})
	}
	return false, nil
}

// checkWho checks that somebody of that name is there.
func (s *SLA) checkWho(tx *db.Tx, at, text string, p *problems) error {
	w, err := ParseWho(text)
	if err != nil {
		return nil //nolint:nilerr // compile has said so
	}
	there, err := s.there(tx, w)
	if err == nil && !there {
		p.add(at, "%s is not there, or is not active", clip(text))
	}
	return err
}

func (s *SLA) there(tx *db.Tx, w Who) (bool, error) {
	switch {
	case w.Kind == WhoOwner, w.Kind == WhoRole, w.ID == WhoTeam:
		return true, nil
	case w.Kind == WhoUser:
		return s.active(tx, w.ID)
	case w.Kind == WhoLead:
		_, err := ask(s.people.Lead, tx, w.ID)
		if fault.Is(err, fault.Missing) {
			return false, nil
		}
		return s.people.Lead != nil, err
	case w.Kind == WhoChannel:
		name, err := ask(s.people.Channel, tx, w.ID)
		return name != "", err
	case w.Kind == WhoOnCall && s.people.Schedule != nil:
		return s.people.Schedule(tx, w.ID)
	}
	return false, nil
}

// Names reports which ladders of the document in force name something, such as
// a schedule that somebody wants to remove: oncall:ID.
func (s *SLA) Names(tx *db.Tx, who Who) ([]string, error) {
	e, err := s.Edition(tx)
	if err != nil {
		return nil, err
	}
	out := []string{}
	for _, l := range e.Ladders {
		if l.names(who) {
			out = append(out, l.Name)
		}
	}
	return out, nil
}

func (l *Ladder) names(who Who) bool {
	texts := append([]string{}, l.Fallback...)
	for _, level := range l.Levels {
		texts = append(texts, level.Notify...)
	}
	for _, text := range texts {
		if w, err := ParseWho(text); err == nil && w == who {
			return true
		}
	}
	return false
}

// Unreachable lists the ladders of the document in force whose fallback reaches
// nobody in a way that was proved. Health says so.
func (s *SLA) Unreachable(tx *db.Tx) ([]string, error) {
	e, err := s.Edition(tx)
	if err != nil {
		return nil, err
	}
	out := []string{}
	for i := range e.Ladders {
		ok, err := s.anyReached(tx, e.Ladders[i].Fallback)
		if err != nil {
			return nil, err
		}
		if !ok {
			out = append(out, e.Ladders[i].Name)
		}
	}
	return out, nil
}

func (s *SLA) anyReached(tx *db.Tx, fallback []string) (bool, error) {
	for _, text := range fallback {
		w, err := ParseWho(text)
		if err != nil {
			continue
		}
		names := []string{text}
		if w.Kind == WhoRole {
			holders, err := askMany(s.people.Holders, tx, w.ID)
			if err != nil {
				return false, err
			}
			names = names[:0]
			for _, id := range holders {
				names = append(names, Who{WhoUser, id}.String())
			}
		}
		for _, name := range names {
			if ok, err := s.reaches(tx, name); err != nil || ok {
				return ok, err
			}
		}
	}
	return false, nil
}
