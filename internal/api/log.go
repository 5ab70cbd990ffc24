package api

import (
	"encoding/json"
	"fmt"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
	"tocsin/internal/journal"
	"tocsin/internal/ticket"
)

// LogEntry is one entry of a ticket's record.
type LogEntry struct {
	Ticket      string          `json:"ticket" doc:"Number of the ticket that it belongs to"`
	Seq         int64           `json:"seq"`
	At          string          `json:"at" format:"date-time"`
	Actor       string          `json:"actor" doc:"user:<id>, connection:<id>, system:<room>"`
	ActorName   string          `json:"actor_name" doc:"For people; empty where it is not known"`
	Kind        string          `json:"kind"`
	Significant bool            `json:"significant" doc:"Belongs to the short story"`
	Summary     string          `json:"summary" doc:"A sentence for people"`
	Data        json.RawMessage `json:"data"`
	Priv        json.RawMessage `json:"priv" doc:"What people wrote: sealed apart, so that it can be erased; null when there is none"`
	Erased      bool            `json:"erased" doc:"There was private text and it was erased"`
	Prev        string          `json:"prev" doc:"Hash of the entry before, hex; empty for the first"`
	Hash        string          `json:"hash" doc:"SHA-256 over a zero byte and the bytes, hex"`
	Bytes       []byte          `json:"bytes,omitempty" doc:"The exact bytes that were hashed; with raw=1"`
}

func logEntries(tx *db.Tx, records []journal.Record, raw bool) ([]LogEntry, error) {
	names, err := namesIn(tx, records)
	if err != nil {
		return nil, err
	}
	significant := journal.SignificantKinds()
	out := make([]LogEntry, len(records))
	for i := range records {
		r := &records[i]
		out[i] = LogEntry{
			Seq: r.Seq, At: stamp(r.At), Actor: r.Actor, ActorName: names[db.Actor(r.Actor).Person()], Kind: r.Kind,
			Significant: significant[r.Kind] || (r.Kind == journal.NoteAdded && r.Member("significant") == "true"),
			Summary:     ticket.Sentence(r, names), Data: r.Data, Priv: r.Priv, Erased: r.Erased,
			Prev: fmt.Sprintf("%x", r.Prev), Hash: r.Hash(),
		}
		if raw {
			out[i].Bytes = r.Bytes()
		}
	}
	return out, nil
}

// namesIn reads the names of the people and teams that entries name.
func namesIn(tx *db.Tx, records []journal.Record) (map[string]string, error) {
	ids := ticket.Named(records)
	names, err := identity.NameOf(tx, ids...)
	if err != nil {
		return nil, fault.Wrap(err, "naming people")
	}
	ofTeams, err := identity.TeamNameOf(tx, ids...)
	for id, name := range ofTeams {
		names[id] = name
	}
	return names, fault.Wrap(err, "naming teams")
}
