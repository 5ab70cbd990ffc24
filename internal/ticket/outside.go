package ticket

import (
	"fmt"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/journal"
)

// Touch locks a ticket for what another room writes to its stream, and marks it
// as changed. It gives the ticket's id.
func (ts *Tickets) Touch(tx *db.Tx, ref string) (id string, err error) {
	t, err := ts.lock(tx, ref)
	if err != nil {
		return "", err
	}
	return t.ID, nil
}

// Told lets the clocks hear of what another room wrote to a ticket's stream.
func (ts *Tickets) Told(tx *db.Tx, chain *journal.Chain, id string) error {
	return ts.touched(tx, chain, id)
}

// File is a piece of evidence, as a briefing lists it.
type File struct {
	Name, Detail string
	At           time.Time
	Link         string
}

// ConnectEvidence fills the port by which briefings list the files of a ticket.
// list gives at most limit of them, and how many there are.
func (ts *Tickets) ConnectEvidence(list func(tx *db.Tx, ticket string, limit int) ([]File, int64, error)) {
	ts.files = list
}

// briefFiles adds the files that people added to a section.
func (w *briefer) briefFiles(s *Section) error {
	if w.ts.files == nil {
		return nil
	}
	files, n, err := w.ts.files(w.tx, w.t.ID, briefFindings)
	for _, f := range files {
		s.EmptyBecause = ""
		s.Items = append(s.Items, Point{Text: f.Name, Detail: f.Detail, At: &f.At, Link: f.Link})
	}
	if more := n - int64(len(files)); more > 0 && len(files) > 0 {
		s.Text = fmt.Sprintf("And %d more files.", more)
	}
	return err
}
