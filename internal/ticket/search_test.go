package ticket_test

import (
	"context"
	"strings"
	"testing"

	"tocsin/internal/db"
	"tocsin/internal/job"
	"tocsin/internal/journal"
	"tocsin/internal/query"
	"tocsin/internal/ticket"
)

// index gives the reader every entry there is, as after a rewind.
func (w *world) index() {
	w.t.Helper()
	var entries []journal.Record
	err := w.d.Read(db.As(context.Background(), db.Everyone, "system:test"), func(tx *db.Tx) (err error) {
		entries, err = journal.After(tx, 0, 5000)
		return err
	})
	if err == nil && w.d.PositionsAfterCommit() {
		err = w.d.Write(db.As(context.Background(), db.Everyone, "system:test"), func(tx *db.Tx) error {
			if _, err := journal.Place(tx, 5000); err != nil {
				return err
			}
			entries, err = journal.After(tx, 0, 5000)
			return err
		})
	}
	if err == nil {
		err = w.tickets.IndexSearch(w.as("system:ticket.search"), entries)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// foundBy lists the numbers of the tickets that a query finds.
func (w *world) foundBy(q string) string {
	w.t.Helper()
	var numbers []string
	err := w.d.Read(w.as("user:"+ann), func(tx *db.Tx) error {
		l, err := w.tickets.List(tx, ticket.Page{Query: q, Limit: 50}, query.Env{Me: ann, Now: tx.Now()})
		for _, t := range l.Items {
			numbers = append(numbers, t.Number)
		}
		return err
	})
	if err != nil {
		w.t.Fatal(q, err)
	}
	return strings.Join(numbers, " ")
}

func TestTicketsAreFoundByWhatStandsInThem(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		var first, second *ticket.Ticket
		w.write("user:"+ann, func(tx *db.Tx) (err error) {
			if first, err = w.tickets.Create(tx, ticket.Draft{Title: "Odd login of Jörg", Description: "From 185.220.101.4", Tags: []string{"vpn-west"}}); err != nil {
				return err
			}
			second, err = w.tickets.Create(tx, ticket.Draft{Title: "Nothing to see"})
			return err
		})
		w.take(control("sg-0fe1", nil))
		w.index()
		one, two, three := ticket.Number(first.Number), ticket.Number(second.Number), ticket.Number(second.Number+1)
		for q, want := range map[string]string{
			"jörg": one, "185.220.101.4": one, "185.220.101": "", `"odd login"`: one, "login nothing": "", "vpn-west": one, one: one, "nothing": two,
			"arn:aws:s3:::sg-0fe1": three, "111122223333": three, `login OR nothing`: two + " " + one, "-login open:true number<" + three: two,
		} {
			if strings.Contains(q, ":::") {
				q = query.Quote(q)
			}
			if got := w.foundBy(q); got != want {
				t.Errorf("%s finds %q, want %q", q, got, want)
			}
		}
	})
}

func TestNotesAndChangesAreFoundAndWhatWasChangedIsNot(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		var made *ticket.Ticket
		w.write("user:"+ann, func(tx *db.Tx) (err error) {
			made, err = w.tickets.Create(tx, ticket.Draft{Title: "First words"})
			return err
		})
		w.index()
		w.write("user:"+ann, func(tx *db.Tx) error {
			if _, err := w.tickets.AddNote(tx, made.ID, ticket.Note{Text: "The zeppelin crew, as in 2001:db8::7."}); err != nil {
				return err
			}
			title := "Second words"
			_, err := w.tickets.Change(tx, made.ID, made.Rev+1, ticket.Patch{Title: &title})
			return err
		})
		if got := w.foundBy("zeppelin"); got != "" {
			t.Errorf("what the reader has not read is found: %s", got)
		}
		w.index()
		w.index() // it may get everything twice
		number := ticket.Number(made.Number)
		for q, want := range map[string]string{"zeppelin": number, `"2001:db8::7"`: number, "second": number, "first": "", "words": number} {
			if got := w.foundBy(q); got != want {
				t.Errorf("%s finds %q, want %q", q, got, want)
			}
		}
	})
}

func TestSearchIsRebuiltWhereNothingIsLeftOfIt(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		ctx := db.As(context.Background(), db.Everyone, "system:test")
		reached := func() (pos int64) {
			if err := w.d.Read(ctx, func(tx *db.Tx) (err error) {
				pos, err = job.Reached(tx, ticket.SearchReader)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return pos
		}
		set := func() {
			if err := w.d.Write(ctx, func(tx *db.Tx) error {
				_, err := tx.Exec(`INSERT INTO reader(name, pos, updated_at) VALUES ($1, 99, 0)`, ticket.SearchReader)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		set()
		if err := w.tickets.RebuildSearch(context.Background(), false); err != nil || reached() != 0 {
			t.Fatalf("an empty index is not made again: %d, %v", reached(), err)
		}
		w.write("user:"+ann, func(tx *db.Tx) error {
			_, err := w.tickets.Create(tx, ticket.Draft{Title: "Something"})
			return err
		})
		w.index()
		set()
		if err := w.tickets.RebuildSearch(context.Background(), false); err != nil || reached() != 99 {
			t.Fatalf("an index with something in it is made again: %d, %v", reached(), err)
		}
		if err := w.tickets.RebuildSearch(context.Background(), true); err != nil || reached() != 0 {
			t.Fatalf("a rebuild that is asked for is not begun: %d, %v", reached(), err)
		}
	})
}

func TestTextWithoutALetterIsRefused(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		err := w.d.Read(w.as("user:"+ann), func(tx *db.Tx) error {
			_, err := w.tickets.List(tx, ticket.Page{Query: `"--"`, Limit: 5}, query.Env{})
			return err
		})
		if err == nil {
			t.Error("nothing is looked for, and something is found")
		}
	})
}
