package ticket

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/job"
	"tocsin/internal/journal"
)

// names of the readers that make what this room can be searched by.
const (
	SightingsReader = "ticket.sightings"
	SearchReader    = "ticket.search"
)

// limits of one search document, so that no ticket costs more than another.
const (
	maxSearchText     = 8 << 10 // bytes that are cut into words
	maxSearchWords    = 400
	maxSearchFindings = 20
	maxSearchNotes    = 50
	searchChunk       = 64 // documents a transaction writes
)

// SearchKinds are the kinds of entries after which a ticket's words change.
func SearchKinds() []string {
	return []string{
		journal.TicketOpened, journal.TicketChanged, journal.NoteAdded, journal.TicketSplit,
		journal.FindingTaken, journal.FindingRevised, journal.FindingPromoted, journal.FindingReleased,
	}
}

// IndexSearch is a reader of the journal: it keeps the words of each ticket,
// among them those of notes, whose text the journal holds sealed. It may get an
// entry twice. A document is always made whole, from what is there now; text is
// read before the transaction, so that the one writer only writes.
//
// Who erases private text of a ticket's stream must have its document made
// again, as by an entry of one of SearchKinds: words are kept apart from the
// journal and do not go with its keys.
func (ts *Tickets) IndexSearch(ctx context.Context, entries []journal.Record) error {
	touched := touchedTickets(entries)
	for some := range slices.Chunk(touched, searchChunk) {
		var docs []document
		err := ts.db.Read(ctx, func(tx *db.Tx) (err error) {
			docs, err = ts.documents(tx, some)
			return err
		})
		if err != nil {
			return err
		}
		if err := ts.db.Write(ctx, func(tx *db.Tx) error { return writeDocuments(tx, docs) }); err != nil {
			return err
		}
	}
	return nil
}

// touchedTicket is a ticket of a batch of entries, each once.
type touchedTicket struct {
	id       string
	isNew    bool            // opened in this batch: it has no notes but in entries that follow
	findings map[string]bool // that the entries name
	last     int64           // position of its last entry
}

func touchedTickets(entries []journal.Record) []*touchedTicket {
	var out []*touchedTicket
	byID := map[string]*touchedTicket{}
	for i := range entries {
		e := &entries[i]
		id, ok := strings.CutPrefix(e.Stream, "ticket:")
		if !ok {
			continue
		}
		t := byID[id]
		if t == nil {
			t = &touchedTicket{id: id, findings: map[string]bool{}}
			byID[id] = t
			out = append(out, t)
		}
		t.add(e)
	}
	return out
}

func (t *touchedTicket) add(e *journal.Record) {
	t.last = max(t.last, e.Pos)
	switch e.Kind {
	case journal.TicketOpened:
		t.isNew = true
	case journal.NoteAdded:
		t.isNew = false
	}
	var said struct{ Finding string }
	if json.Unmarshal(e.Data, &said) == nil && said.Finding != "" {
		t.findings[said.Finding] = true
	}
}

// document is the words of one ticket.
type document struct {
	number int64
	words  []string
}

func (ts *Tickets) documents(tx *db.Tx, touched []*touchedTicket) ([]document, error) {
	seenUpTo, err := job.Reached(tx, SightingsReader)
	if err != nil {
		return nil, err
	}
	docs := make([]document, 0, len(touched))
	for _, t := range touched {
		d, err := ts.document(tx, t, seenUpTo)
		if fault.Is(err, fault.Missing) { // opened in a transaction of which this is an echo, or gone since
			continue
		}
		if err != nil {
			return nil, fault.Wrap(err, "reading the words of ticket %s", t.id)
		}
		docs = append(docs, d)
	}
	return docs, nil
}

// document gathers the text of a ticket, what tells it best first, because what
// is over the limit is left out.
func (ts *Tickets) document(tx *db.Tx, touched *touchedTicket, seenUpTo int64) (document, error) {
	t, err := ts.Get(tx, touched.id)
	if err != nil {
		return document{}, err
	}
	var text searchText
	text.add(Number(t.Number), t.Title, strings.Join(t.Tags, " "), t.Source, t.Account, t.Resource, t.Region)
	if err := ts.addShown(tx, &text, touched, seenUpTo); err != nil {
		return document{}, err
	}
	if !touched.isNew || t.FindingCount > 1 {
		if err := ts.addFindings(tx, &text, t); err != nil {
			return document{}, err
		}
	}
	text.add(t.Description)
	if !touched.isNew {
		if err := ts.addNotes(tx, &text, t); err != nil {
			return document{}, err
		}
	}
	words := wordsOf(text.String())
	return document{t.Number, words[:min(len(words), maxSearchWords)]}, nil
}

// addShown adds indicators, resources and principals: as the sightings have
// them, and from the findings themselves where those are not written yet.
func (ts *Tickets) addShown(tx *db.Tx, text *searchText, touched *touchedTicket, seenUpTo int64) error {
	values, err := db.Strings(tx, `SELECT value FROM sighting WHERE tenant = $1 AND ticket = $2 LIMIT $3`, tx.Tenant(), touched.id, maxSightings)
	if err != nil {
		return err
	}
	text.add(values...)
	if seenUpTo >= touched.last {
		return nil
	}
	for id := range touched.findings {
		f, _, err := ts.findings.Normal(tx, id)
		if fault.Is(err, fault.Missing) { // removed since
			continue
		}
		if err != nil {
			return err
		}
		text.add(f.Title)
		for _, s := range sightings(f) {
			text.add(s.value)
		}
	}
	return nil
}

func (ts *Tickets) addFindings(tx *db.Tx, text *searchText, t *Ticket) error {
	found, err := ts.findings.SummariesOfTicket(tx, t.ID, maxSearchFindings)
	for _, f := range found {
		text.add(f.Title, f.Resource)
	}
	return err
}

func (ts *Tickets) addNotes(tx *db.Tx, text *searchText, t *Ticket) error {
	notes, err := ts.journal.Newest(tx, Stream(t.ID), journal.NoteAdded, maxSearchNotes)
	for _, n := range notes {
		var note struct{ Text string }
		if n.Priv != nil && json.Unmarshal(n.Priv, &note) == nil {
			text.add(note.Text)
		}
	}
	return err
}

// searchText is text up to a limit, each piece once.
type searchText struct {
	strings.Builder
	have map[string]bool
}

func (s *searchText) add(pieces ...string) {
	if s.have == nil {
		s.have = map[string]bool{}
	}
	for _, p := range pieces {
		room := maxSearchText - s.Len()
		if p == "" || s.have[p] || room <= 0 {
			continue
		}
		s.have[p] = true
		s.WriteString(strings.ToValidUTF8(p[:min(len(p), room)], " "))
		s.WriteByte('\n')
	}
}

// searchSpan is how many numbers of tickets fit between two tenants' places.
const searchSpan = int64(1) << 40

// searchBase is what stands before the number of a ticket in the index; 0 when
// the tenant has no document yet.
func searchBase(tx *db.Tx) (int64, error) {
	var place int64
	err := tx.QueryRow(`SELECT place FROM search_tenant WHERE tenant = $1`, tx.Tenant()).Scan(&place)
	if errors.Is(err, db.ErrNoRows) {
		return 0, nil
	}
	return place * searchSpan, fault.Wrap(err, "looking for the place in the search index")
}

func writeDocuments(tx *db.Tx, docs []document) error {
	base, err := searchBase(tx)
	if err == nil && base == 0 {
		if _, err = tx.Exec(`INSERT INTO search_tenant(tenant) VALUES ($1) ON CONFLICT DO NOTHING`, tx.Tenant()); err == nil {
			base, err = searchBase(tx)
		}
	}
	if err != nil {
		return err
	}
	for _, d := range docs {
		if _, err := tx.Exec(`DELETE FROM search WHERE rowid = $1`, base+d.number); err != nil {
			return fault.Wrap(err, "forgetting the words of %s", Number(d.number))
		}
		_, err := tx.Exec(`INSERT INTO search(rowid, tenant, words) VALUES ($1,$2,$3)`, base+d.number, tx.Tenant(), strings.Join(d.words, " "))
		if err != nil {
			return fault.Wrap(err, "keeping the words of %s", Number(d.number))
		}
	}
	return nil
}

// RebuildSearch lets the reader of SearchKinds begin anew when forced, or when
// there is nothing to search though it has read entries, as after a restore. It
// runs before the readers do. Documents are replaced one by one, so that what
// was found before is found meanwhile.
func (ts *Tickets) RebuildSearch(ctx context.Context, forced bool) error {
	return ts.db.Write(db.As(ctx, db.Everyone, "system:ticket"), func(tx *db.Tx) error {
		var any, read int64
		if err := tx.QueryRow(`SELECT COUNT(*) FROM (SELECT rowid FROM search LIMIT 1) AS found`).Scan(&any); err != nil {
			return err
		}
		read, err := job.Reached(tx, SearchReader)
		if err != nil || !forced && (any > 0 || read == 0) {
			return err
		}
		return job.Rewind(tx, SearchReader)
	})
}
