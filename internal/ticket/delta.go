package ticket

import (
	"strings"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/journal"
)

// Delta is what has happened to a ticket since it was offered.
type Delta struct {
	Seq     int64     `json:"seq" doc:"Of the last of them; give it as delta_seq when accepting. 0: nothing has changed"`
	Changed []Changed `json:"changed"`
}

// Changed is one entry of a ticket's record as a sentence.
type Changed struct {
	Seq       int64     `json:"seq"`
	At        time.Time `json:"at"`
	Actor     string    `json:"actor"`
	ActorName string    `json:"actor_name"`
	Kind      string    `json:"kind"`
	Summary   string    `json:"summary"`
}

// maxDelta bounds what is shown of a delta; the sequence counts all.
const maxDelta = 200

// Delta lists what whoever accepts has to know beyond the briefing. What the
// offer itself and the calling of people write is no news.
func (ts *Tickets) Delta(tx *db.Tx, h *Handover) (Delta, error) {
	d := Delta{Changed: []Changed{}}
	after := h.BaseSeq
	for {
		page, err := ts.journal.Stream(tx, Stream(h.Ticket), after, maxDelta)
		if err != nil {
			return d, err
		}
		news := []journal.Record{}
		for i := range page {
			after = page[i].Seq
			if isNews(page[i].Kind) {
				d.Seq = page[i].Seq
				news = append(news, page[i])
			}
		}
		if room := maxDelta - len(d.Changed); room > 0 {
			said, err := ts.sentences(tx, news[:min(len(news), room)])
			if err != nil {
				return d, err
			}
			d.Changed = append(d.Changed, said...)
		}
		if len(page) < maxDelta {
			return d, nil
		}
	}
}

func isNews(kind string) bool {
	noun, _, _ := strings.Cut(kind, ".")
	switch noun {
	case "handover", "escalation", "notification", "snooze":
		return false
	}
	return kind != journal.SLAWarned && kind != journal.SLAAsked && kind != journal.OwnerAccountable
}

// sentences says of entries what they record.
func (ts *Tickets) sentences(tx *db.Tx, entries []journal.Record) ([]Changed, error) {
	names, err := ts.people.Names(tx, Named(entries))
	out := make([]Changed, len(entries))
	for i := range entries {
		e := &entries[i]
		out[i] = Changed{Seq: e.Seq, At: db.Time(e.At), Actor: e.Actor, ActorName: names[db.Actor(e.Actor).Person()], Kind: e.Kind, Summary: Sentence(e, names)}
	}
	return out, err
}
