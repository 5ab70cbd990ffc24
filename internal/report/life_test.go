package report

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"tocsin/internal/journal"
)

// history draws what may happen to a ticket, in an order that the ticket room
// allows.
func history(t *rapid.T) []Event {
	h := &teller{t: t, at: 1_790_000_000_000_000}
	h.tell(journal.TicketOpened, Data{Severity: "high", Team: "soc", Type: "threat", Number: 7, Accountable: h.person()})
	for range rapid.IntRange(0, 25).Draw(t, "length") {
		h.next()
	}
	return h.events
}

type teller struct {
	t      *rapid.T
	at     int64
	events []Event
	closed string // resolution; "" while open
	merged bool
	phase  string
	before string // the phase that it was merged in
	offers int
	open   string // the offer that is open
	owned  bool
}

func (h *teller) person() string {
	return rapid.SampledFrom([]string{"ann", "bob", "cat"}).Draw(h.t, "person")
}

func (h *teller) tell(kind string, d Data) {
	h.at += rapid.Int64Range(1, 40*24*3600*1_000_000).Draw(h.t, "later")
	h.events = append(h.events, Event{Seq: int64(len(h.events) + 1), At: h.at, Kind: kind, Ticket: "t", Human: rapid.Bool().Draw(h.t, "human"), Data: d})
}

func (h *teller) next() {
	if h.phase == "" {
		h.phase = "detect"
	}
	if h.closed != "" {
		h.back()
		return
	}
	switch rapid.IntRange(0, 11).Draw(h.t, "what") {
	case 0:
		at := int64(0)
		if rapid.Bool().Draw(h.t, "signed") {
			at = h.at - rapid.Int64Range(-1000, 1_000_000).Draw(h.t, "before")
		}
		h.tell(journal.TicketAcknowledged, Data{OccurredAt: at})
	case 1:
		who := h.person()
		h.owned = true
		h.tell(rapid.SampledFrom([]string{journal.OwnerTaken, journal.OwnerBreakGlass}).Draw(h.t, "how"), Data{Owner: who, Accountable: who})
	case 2:
		h.tell(rapid.SampledFrom([]string{journal.OwnerAccountable, journal.OwnerOrphaned, journal.OwnerReturned}).Draw(h.t, "how"), Data{Accountable: rapid.SampledFrom([]string{"ann", "", "dan"}).Draw(h.t, "who")})
	case 3, 4, 5:
		to := rapid.SampledFrom([]string{"detect", "analysis", "containment", "eradication", "recovery", "post_incident"}).Draw(h.t, "to")
		if to != h.phase {
			h.phase = to
			h.tell(journal.PhaseChanged, Data{To: to})
		}
	case 6, 7:
		h.offer()
	case 8:
		h.tell(journal.EscalationPaged, Data{Level: rapid.Int64Range(0, 3).Draw(h.t, "level")})
	case 9:
		h.tell(journal.TicketMerged, Data{From: "other", Into: "t"})
	case 10:
		h.merged, h.before, h.closed = true, h.phase, "merged"
		h.tell(journal.TicketMerged, Data{From: "t", Into: "other"})
	default:
		h.closed = rapid.SampledFrom([]string{"resolved", "false_positive", "duplicate", "test_exercise", "accepted_risk"}).Draw(h.t, "resolution")
		h.tell(journal.TicketClosed, Data{Resolution: h.closed})
	}
}

func (h *teller) back() {
	if h.merged {
		h.merged, h.closed, h.phase = false, "", h.before
		h.tell(journal.TicketUnmerged, Data{From: "t", Into: "other", Phase: h.before})
		return
	}
	h.closed, h.phase = "", "analysis"
	h.tell(journal.TicketReopened, Data{To: "analysis", Accountable: h.person()})
}

func (h *teller) offer() {
	if h.open == "" {
		h.offers++
		h.open = fmt.Sprint("ho", h.offers)
		h.tell(journal.HandoverOffered, Data{Handover: h.open})
		return
	}
	kind := rapid.SampledFrom([]string{journal.HandoverAccepted, journal.HandoverDeclined, journal.HandoverExpired, journal.HandoverWithdrawn, journal.HandoverSuperseded}).Draw(h.t, "decided")
	who := h.person()
	h.tell(kind, Data{Handover: h.open, Owner: who, Accountable: who})
	h.open = ""
}

func folded(events []Event) *Life {
	l := &Life{}
	for i := range events {
		l.Fold(&events[i])
	}
	return l
}

func measured(l *Life) map[string][]Sample {
	out := map[string][]Sample{}
	if !l.counts() {
		return out
	}
	for _, m := range Measures() {
		if s := m.of(l); len(s) > 0 {
			out[m.Name] = s
		}
	}
	return out
}

func TestWhatIsFoldedEqualsWhatIsComputedFromTheWholeHistory(t *testing.T) {
	t.Parallel()
	byTime := cmpopts.SortSlices(func(a, b Sample) bool { return a.At < b.At || a.At == b.At && a.Value < b.Value })
	rapid.Check(t, func(t *rapid.T) {
		events := history(t)
		if d := cmp.Diff(computed(events), measured(folded(events)), byTime); d != "" {
			t.Fatalf("%s\n%+v", d, events)
		}
	})
}

func TestVisitsTileTheLifeOfATicket(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		events := history(t)
		l := folded(events)
		if l.Visits[0].Entered != events[0].At {
			t.Fatal("the first stay does not begin with the ticket")
		}
		for i := 1; i < len(l.Visits); i++ {
			if l.Visits[i-1].Left != l.Visits[i].Entered || l.Visits[i-1].Phase == l.Visits[i].Phase {
				t.Fatalf("stays %d and %d do not tile: %+v", i-1, i, l.Visits)
			}
		}
		if last := l.Visits[len(l.Visits)-1]; last.Left != 0 || (last.Phase == "closed") != (l.Closed > 0) {
			t.Fatalf("the last stay: %+v, closed %d", last, l.Closed)
		}
	})
}

func TestAnEntryThatComesAgainChangesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		events := history(t)
		l := &Life{}
		for i := range events {
			l.Fold(&events[i])
			for range rapid.IntRange(0, 2).Draw(t, "again") {
				l.Fold(&events[rapid.IntRange(0, i).Draw(t, "which")])
			}
		}
		if d := cmp.Diff(folded(events), l); d != "" {
			t.Fatal(d)
		}
	})
}

func TestWhatCameBeforeTheOpeningIsNotKnown(t *testing.T) {
	t.Parallel()
	l := folded([]Event{{Seq: 3, At: 5, Kind: journal.PhaseChanged, Data: Data{To: "analysis"}}})
	if l.Seq != 0 || len(l.Visits) != 0 {
		t.Errorf("%+v", l)
	}
	if names := func() (out []string) {
		for _, m := range Measures() {
			out = append(out, m.Name)
		}
		return out
	}(); len(slices.Compact(slices.Sorted(slices.Values(names)))) != len(names) {
		t.Errorf("a name twice: %v", names)
	}
}
