package api

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

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
			Significant: significant[r.Kind] || (r.Kind == journal.NoteAdded && member(r.Data, "significant") == "true"),
			Summary:     summary(r, names), Data: r.Data, Priv: r.Priv, Erased: r.Erased,
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
	people, teams := []string{}, []string{}
	for i := range records {
		r := &records[i]
		people = append(people, db.Actor(r.Actor).Person(), r.Get("owner"), r.Get("accountable"))
		teams = append(teams, r.Get("team"))
	}
	names, err := identity.NameOf(tx, people...)
	if err != nil {
		return nil, fault.Wrap(err, "naming people")
	}
	ofTeams, err := identity.TeamNameOf(tx, teams...)
	for id, name := range ofTeams {
		names[id] = name
	}
	return names, fault.Wrap(err, "naming teams")
}

// member is one member of a JSON object as text; "" when it is not there.
func member(data json.RawMessage, name string) string {
	var m map[string]json.RawMessage
	if json.Unmarshal(data, &m) != nil {
		return ""
	}
	var s string
	if json.Unmarshal(m[name], &s) == nil {
		return s
	}
	return string(m[name])
}

// summary says in a sentence what an entry records. A kind without a sentence
// of its own gets that of the table of kinds.
func summary(r *journal.Record, names map[string]string) string {
	who := names[db.Actor(r.Actor).Person()]
	if who == "" {
		who = "Tocsin"
	}
	switch r.Kind {
	case journal.TicketOpened:
		return who + " opened the ticket with severity " + r.Get("severity") + "; " + orUnknown(names[r.Get("accountable")]) + " is accountable."
	case journal.TicketAcknowledged:
		return who + " acknowledged the ticket."
	case journal.OwnerTaken:
		return orUnknown(names[r.Get("owner")]) + " took the ticket and is responsible."
	case journal.PhaseChanged:
		return who + " moved the ticket from " + spoken(r.Get("from")) + " to " + spoken(r.Get("to")) + "." + because(r)
	case journal.NoteAdded:
		return who + " wrote a note."
	case journal.TicketChanged:
		return who + " changed " + changedFields(r.Data) + "."
	case journal.TicketClosed:
		return who + " closed the ticket as " + spoken(r.Get("resolution")) + "." + because(r)
	case journal.TicketReopened:
		return who + " opened the ticket again." + because(r)
	case journal.TicketMerged, journal.TicketUnmerged, journal.TicketSplit:
		return who + " " + togetherness(r) + "." + because(r)
	case journal.TicketLinked:
		return who + " linked the ticket to another (" + spoken(r.Get("kind")) + ")."
	case journal.FindingTaken:
		return "A " + r.Get("severity") + " finding came in."
	case journal.FindingRevised:
		return "The detector said something new about a finding."
	case journal.FindingPromoted:
		return who + " opened the ticket from a recorded finding." + because(r)
	}
	for _, k := range journal.Kinds() {
		if k.Kind == r.Kind {
			return k.Meaning
		}
	}
	return r.Kind
}

// togetherness says what a merge, an unmerge or a split did.
func togetherness(r *journal.Record) string {
	from, into := numberIn(r, "from_number"), numberIn(r, "into_number")
	switch r.Kind {
	case journal.TicketMerged:
		return "merged " + from + " into " + into
	case journal.TicketUnmerged:
		return "took " + from + " out of " + into + " again"
	}
	return "split " + into + " from " + from
}

func numberIn(r *journal.Record, name string) string {
	n, err := strconv.ParseInt(member(r.Data, name), 10, 64)
	if err != nil {
		return "another ticket"
	}
	return ticket.Number(n)
}

func because(r *journal.Record) string {
	if reason := member(r.Priv, "reason"); reason != "" {
		return " Reason: " + clipTo(reason, 300)
	}
	return ""
}

func clipTo(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}

func orUnknown(name string) string {
	if name == "" {
		return "somebody"
	}
	return name
}

func spoken(word string) string { return strings.ReplaceAll(word, "_", " ") }

func changedFields(data json.RawMessage) string {
	var d struct {
		Fields []struct{ Field string }
	}
	if json.Unmarshal(data, &d) != nil || len(d.Fields) == 0 {
		return "the ticket"
	}
	names := []string{}
	for _, f := range d.Fields {
		names = append(names, f.Field)
	}
	return "the " + strings.Join(names, ", ")
}
