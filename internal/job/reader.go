package job

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/journal"
)

// Reader acts on journal entries. Handle gets entries of one tenant in the
// order of their positions and may get them again; it opens its own
// transaction.
type Reader struct {
	Name   string
	Kinds  []string
	Handle func(ctx context.Context, entries []journal.Record) error
	// Calm is how long it lets entries gather where nobody waits for what it
	// makes; 0 is the runner's own.
	Calm time.Duration
}

const (
	readBatch  = 512
	readTries  = 5
	placeBatch = 5000
	// readerCalm is how long a reader lets entries gather: each batch it moves
	// its cursor by, once, on the writer that intake needs.
	readerCalm = 50 * time.Millisecond
	// placeLease is short, because the live feed and every reader of all nodes
	// stand still while nobody gives positions.
	placeLease = 1200 * time.Millisecond
)

// Read adds a reader.
func (r *Runner) Read(reader Reader) { r.readers = append(r.readers, reader) }

// Readers lists the readers, for the wire table.
func (r *Runner) Readers() []Reader { return r.readers }

// place gives positions to entries after their commit, on one node of all.
func (r *Runner) place(ctx context.Context) {
	r.alone(ctx, term{"journal.place", min(r.lease, placeLease), true}, func(ctx context.Context, l *Lease) {
		for ctx.Err() == nil {
			changed := r.db.Changed()
			n, err := r.placeSome(ctx, l)
			if err != nil && ctx.Err() == nil {
				r.log.Warn("positions could not be given", "error", err)
			}
			if n < placeBatch {
				wait(ctx, changed, 10*time.Millisecond, 100*time.Millisecond)
			}
		}
	})
}

func (r *Runner) placeSome(ctx context.Context, l *Lease) (n int64, err error) {
	var any bool
	err = r.db.Read(system(ctx), func(tx *db.Tx) error {
		return tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM entry WHERE pos IS NULL)`).Scan(&any)
	})
	if err != nil || !any {
		return 0, err
	}
	err = r.db.Write(system(ctx), func(tx *db.Tx) (err error) {
		if err := l.Hold(tx); err != nil {
			return err
		}
		n, err = journal.Place(tx, placeBatch)
		return err
	})
	return n, err
}

// wait returns some time after the next commit of this process, so that many
// commits cost one look, or after d, when another node may have committed.
func wait(ctx context.Context, changed <-chan struct{}, calm, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-changed:
		sleep(ctx, calm)
	case <-t.C:
	case <-ctx.Done():
	}
}

func (r *Runner) read(ctx context.Context, reader Reader) {
	r.alone(ctx, term{"reader:" + reader.Name, r.lease, false}, func(ctx context.Context, l *Lease) {
		pos, err := r.cursor(ctx, reader.Name)
		for ctx.Err() == nil {
			if err != nil {
				r.log.Warn("a reader stopped for a moment", "reader", reader.Name, "error", err)
				sleep(ctx, r.poll)
				pos, err = r.cursor(ctx, reader.Name)
				continue
			}
			changed := r.db.Changed()
			var n int
			pos, n, err = r.readSome(ctx, reader, l, pos)
			if n < readBatch && err == nil {
				wait(ctx, changed, max(readerCalm, reader.Calm), r.poll/4)
			}
		}
	})
}

func (r *Runner) cursor(ctx context.Context, name string) (pos int64, err error) {
	err = r.db.Read(system(ctx), func(tx *db.Tx) error {
		err := tx.QueryRow(`SELECT pos FROM reader WHERE name = $1`, name).Scan(&pos)
		if errors.Is(err, db.ErrNoRows) {
			return nil
		}
		return err
	})
	return pos, err
}

// readSome gives one batch and moves the cursor behind it. The cursor moves
// only while the lease is held.
func (r *Runner) readSome(ctx context.Context, reader Reader, l *Lease, pos int64) (int64, int, error) {
	var batch []journal.Record
	err := r.db.Read(system(ctx), func(tx *db.Tx) (err error) {
		batch, err = journal.After(tx, pos, readBatch)
		return err
	})
	if err != nil || len(batch) == 0 {
		return pos, 0, err
	}
	for _, part := range byTenant(batch, reader.Kinds) {
		if err := r.give(ctx, reader, part); err != nil {
			return pos, 0, err
		}
	}
	next := batch[len(batch)-1].Pos
	err = r.db.Write(system(ctx), func(tx *db.Tx) error {
		if err := l.Hold(tx); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO reader(name, pos, updated_at) VALUES ($1,$2,$3)
			ON CONFLICT (name) DO UPDATE SET pos = $4, updated_at = $5`, reader.Name, next, tx.Now(), next, tx.Now())
		return err
	})
	if err != nil {
		return pos, 0, err
	}
	return next, len(batch), nil
}

// byTenant cuts a batch into runs of one tenant, keeping only some kinds.
func byTenant(batch []journal.Record, kinds []string) [][]journal.Record {
	var parts [][]journal.Record
	for _, e := range batch {
		if !slices.Contains(kinds, e.Kind) {
			continue
		}
		if n := len(parts); n > 0 && parts[n-1][0].Tenant == e.Tenant {
			parts[n-1] = append(parts[n-1], e)
			continue
		}
		parts = append(parts, []journal.Record{e})
	}
	return parts
}

// give hands a part over; when that fails, each entry alone, so that a bad one
// is found and set aside.
func (r *Runner) give(ctx context.Context, reader Reader, part []journal.Record) error {
	err := handle(ctx, reader, part)
	if err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	for _, e := range part {
		if err := r.giveOne(ctx, reader, e); err != nil {
			return err
		}
	}
	return nil
}

func (r *Runner) giveOne(ctx context.Context, reader Reader, e journal.Record) error {
	var err error
	for try := range int64(readTries) {
		if err = handle(ctx, reader, []journal.Record{e}); err == nil {
			return nil
		}
		sleep(ctx, min(backoff(try+1), 5*time.Second))
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	r.log.Error("a reader could not take an entry; it is set aside", "reader", reader.Name, "position", e.Pos, "error", err)
	return r.db.Write(system(ctx), func(tx *db.Tx) error {
		_, werr := tx.Exec(`INSERT INTO reader_stuck(name, pos, attempts, error, at) VALUES ($1,$2,$3,$4,$5) ON CONFLICT DO NOTHING`,
			reader.Name, e.Pos, int64(readTries), err.Error(), tx.Now())
		return werr
	})
}

func handle(ctx context.Context, reader Reader, part []journal.Record) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic in reader %s: %v\n%s", reader.Name, v, debug.Stack())
		}
	}()
	return reader.Handle(db.As(ctx, part[0].Tenant, db.Actor("system:"+reader.Name)), part)
}
