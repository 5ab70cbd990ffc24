package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tocsin/internal/db"
	"tocsin/internal/db/dbtest"
	"tocsin/internal/ticket"
)

// testdata/schema-1.backup is a backup of what the first schema held: three
// findings that the first release took in over HTTP, and a note of a person.
// testdata/schema-1.key is its key, which opens nothing else.
func TestABackupOfTheFirstSchemaIsRestoredAndMigrated(t *testing.T) {
	t.Parallel()
	key, err := os.ReadFile(filepath.Join("testdata", "schema-1.key"))
	if err != nil {
		t.Fatal(err)
	}
	for _, url := range map[string]func() string{"SQLite": func() string { return "" }, "PostgreSQL": func() string { return dbtest.PostgresURL(t) }} {
		p := newPlace(t, url())
		if err := os.WriteFile(p.o.KeyFile, key, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := restore(t.Context(), p.o, filepath.Join("testdata", "schema-1.backup"), false)
		if err != nil {
			t.Fatal(err)
		}
		if out.Schema != 1 || out.Entries != 11 {
			t.Errorf("%+v", out)
		}
		r := p.open(t)
		if v, err := r.DB.Version(t.Context()); err != nil || v <= 1 {
			t.Errorf("the schema is %d, %v", v, err)
		}
		list := tickets(t, r, "")
		if len(list) != 3 || !strings.HasPrefix(list[0].Title, "S3 buckets should block public access") {
			t.Errorf("%+v", list)
		}
		read(t, r, func(tx *db.Tx) error {
			said, err := r.Journal.Stream(tx, ticket.Stream(list[0].ID), 0, 20)
			if err != nil {
				return err
			}
			note := said[len(said)-1]
			if !strings.Contains(string(note.Priv), "A note of the first version.") {
				t.Errorf("the last entry of the first ticket is %s %s", note.Kind, note.Priv)
			}
			return nil
		})
		if _, broken, err := r.verifyLog(t.Context()); err != nil || broken != "" {
			t.Errorf("the journal: %s %v", broken, err)
		}
		take(t, r, 0, 2) // and work goes on
	}
}

func TestWhatIsRemovedMakesRoomInTheFile(t *testing.T) {
	t.Parallel()
	k := newKeeper(t, "")
	for i := range 400 {
		k.take(recorded(i))
	}
	before, err := k.DB.Sizes(t.Context())
	k.must(err)
	k.days(100)
	s := defaultRetention()
	s.OriginalsDays = 50
	k.set(s)
	k.retain()
	after, err := k.DB.Sizes(t.Context())
	k.must(err)
	if n := k.count(`SELECT COUNT(*) FROM original WHERE LENGTH(body) > 0`); n != 0 {
		t.Fatalf("%d originals are left", n)
	}
	// Each original is about a kilobyte; half of that has to come back as whole pages.
	if room := after.Free - before.Free; room < 200<<10 {
		t.Errorf("%d bytes came free", room)
	}
}
