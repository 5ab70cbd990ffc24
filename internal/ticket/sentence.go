package ticket

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/journal"
)

// namedIn are the members of an entry's data that hold an id of a person or a
// team.
func namedIn() []string {
	return []string{"owner", "accountable", "team", "to_user", "to_team", "from", "by", "previous", "assignee", "person"}
}

// Named lists the ids of people and teams that entries name.
func Named(records []journal.Record) []string {
	ids := []string{}
	for i := range records {
		r := &records[i]
		ids = append(ids, db.Actor(r.Actor).Person())
		for _, name := range namedIn() {
			ids = append(ids, r.Get(name))
		}
	}
	slices.Sort(ids)
	return slices.DeleteFunc(slices.Compact(ids), func(id string) bool { return id == "" })
}

// Sentence says what an entry records. A kind without a sentence of its own gets
// that of the table of kinds.
func Sentence(r *journal.Record, names map[string]string) string {
	who := names[db.Actor(r.Actor).Person()]
	if who == "" {
		who = "Tocsin"
	}
	t := teller{r, names, who}
	noun, _, _ := strings.Cut(r.Kind, ".")
	say := map[string]func() string{"ticket": t.ticket, "owner": t.owner, "handover": t.handover, "sla": t.clock, "task": t.task}[noun]
	if say != nil {
		if s := say(); s != "" {
			return s
		}
	}
	switch r.Kind {
	case journal.PhaseChanged:
		return who + " moved the ticket from " + spoken(r.Get("from")) + " to " + spoken(r.Get("to")) + "." + t.because()
	case journal.NoteAdded:
		return who + " wrote a note."
	case journal.FindingTaken:
		return "A " + r.Get("severity") + " finding came in."
	case journal.FindingRevised:
		return "The detector said something new about a finding."
	case journal.FindingPromoted:
		return who + " opened the ticket from a recorded finding." + t.because()
	case journal.EscalationPaged:
		return "Level " + r.Member("level") + " of the ladder was called." + t.late()
	}
	return meaning(r.Kind)
}

func meaning(kind string) string {
	for _, k := range journal.Kinds() {
		if k.Kind == kind {
			return k.Meaning
		}
	}
	return kind
}

// teller writes the sentence of one entry.
type teller struct {
	r     *journal.Record
	names map[string]string
	who   string
}

func (t teller) name(member string) string {
	if name := t.names[t.r.Get(member)]; name != "" {
		return name
	}
	return "somebody"
}

func (t teller) ticket() string {
	switch t.r.Kind {
	case journal.TicketOpened:
		return t.who + " opened the ticket with severity " + t.r.Get("severity") + "; " + t.name("accountable") + " is accountable."
	case journal.TicketAcknowledged:
		return t.who + " acknowledged the ticket."
	case journal.TicketReconfirmed:
		return t.who + " is still on it."
	case journal.TicketChanged:
		return t.who + " changed " + changedFields(t.r.Data) + "."
	case journal.TicketClosed:
		return t.who + " closed the ticket as " + spoken(t.r.Get("resolution")) + "." + t.because()
	case journal.TicketReopened:
		return t.who + " opened the ticket again." + t.because()
	case journal.TicketMerged, journal.TicketUnmerged, journal.TicketSplit:
		return t.who + " " + t.together() + "." + t.because()
	case journal.TicketLinked:
		return t.who + " linked the ticket to another (" + spoken(t.r.Get("kind")) + ")."
	}
	return ""
}

func (t teller) owner() string {
	switch t.r.Kind {
	case journal.OwnerTaken:
		return t.name("owner") + " took the ticket and is responsible."
	case journal.OwnerAccountable:
		return t.name("accountable") + " answers for the ticket now, after " + t.name("previous") + "."
	case journal.OwnerBreakGlass:
		return t.who + " took the ticket over from " + t.name("previous") + " at once." + t.because()
	case journal.OwnerOrphaned:
		return t.name("owner") + " has left; " + t.name("accountable") + " answers for the ticket."
	case journal.OwnerReturned:
		return t.who + " gave the ticket back to the intake of the team; " + t.name("accountable") + " answers for it." + t.because()
	}
	return ""
}

func (t teller) handover() string {
	to := t.name("to_user")
	if t.r.Get("to_team") != "" {
		to = "team " + t.name("to_team")
	}
	switch t.r.Kind {
	case journal.HandoverOffered:
		return t.who + " offered the ticket to " + to + "."
	case journal.HandoverAccepted:
		return t.name("by") + " read the briefing and accepted the ticket."
	case journal.HandoverDeclined:
		return t.who + " declined the offer: " + spoken(t.r.Get("category")) + "." + t.because()
	case journal.HandoverExpired:
		return "Nobody accepted the offer to " + to + " in time."
	case journal.HandoverWithdrawn:
		return t.who + " took the offer back." + t.because()
	}
	return ""
}

func (t teller) clock() string {
	metric := spoken(t.r.Get("metric"))
	if phase := t.r.Get("phase"); phase != "" {
		metric += " " + spoken(phase)
	}
	switch t.r.Kind {
	case journal.SLAWarned:
		return t.r.Member("percent") + " % of the time for " + metric + " has passed." + t.late()
	case journal.SLABreached:
		return "The time for " + metric + " has passed." + t.late()
	case journal.SLAPaused:
		return t.who + " paused the clocks: " + spoken(t.r.Get("reason")) + "."
	case journal.SLAResumed:
		return "The clocks run again: " + spoken(t.r.Get("cause")) + "."
	}
	return ""
}

func (t teller) task() string {
	title := t.r.Said("title")
	if title == "" {
		title = "a task"
	}
	if t.r.Kind == journal.TaskAdded {
		return t.who + " added the task: " + clip(title, 300)
	}
	return t.who + " set the task to " + t.r.Get("state") + ": " + clip(title, 300)
}

// together says what a merge, an unmerge or a split did.
func (t teller) together() string {
	from, into := t.number("from_number"), t.number("into_number")
	switch t.r.Kind {
	case journal.TicketMerged:
		return "merged " + from + " into " + into
	case journal.TicketUnmerged:
		return "took " + from + " out of " + into + " again"
	}
	return "split " + into + " from " + from
}

func (t teller) number(name string) string {
	n, err := strconv.ParseInt(t.r.Member(name), 10, 64)
	if err != nil {
		return "another ticket"
	}
	return Number(n)
}

func (t teller) because() string {
	if reason := t.r.Said("reason"); reason != "" {
		return " Reason: " + clip(reason, 300)
	}
	return ""
}

// late says by how much something came late.
func (t teller) late() string {
	n, err := strconv.ParseInt(t.r.Member("late_by"), 10, 64)
	if by := time.Duration(n) * time.Microsecond; err == nil && by >= time.Minute {
		return " It came " + by.Round(time.Second).String() + " late."
	}
	return ""
}

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
