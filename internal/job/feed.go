package job

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/journal"
)

// feedMemory is how many entries the feed keeps at least for those who come back.
const feedMemory = 4096

// Feed follows the journal once for all who watch it live on this node.
type Feed struct {
	db     *db.DB
	poll   time.Duration
	log    *slog.Logger
	mu     sync.Mutex
	recent []journal.Record // ordered by position, at most twice feedMemory
	last   int64
	moved  chan struct{}
}

// NewFeed makes a feed; Run starts it.
func NewFeed(d *db.DB, log *slog.Logger) *Feed {
	poll := 250 * time.Millisecond
	return &Feed{db: d, poll: poll, log: log, moved: make(chan struct{})}
}

// Run follows the journal from its present end until ctx ends.
func (f *Feed) Run(ctx context.Context) {
	if err := f.begin(ctx); err != nil && ctx.Err() == nil {
		f.log.Warn("the live feed begins late", "error", err)
	}
	for ctx.Err() == nil {
		changed := f.db.Changed()
		n, err := f.step(ctx)
		if err != nil && ctx.Err() == nil {
			f.log.Warn("the live feed could not read the journal", "error", err)
		}
		if n < readBatch {
			wait(ctx, changed, 20*time.Millisecond, f.poll)
		}
	}
}

func (f *Feed) begin(ctx context.Context) error {
	return f.db.Read(system(ctx), func(tx *db.Tx) error {
		last, err := journal.Last(tx)
		f.mu.Lock()
		f.last = last
		f.mu.Unlock()
		return err
	})
}

func (f *Feed) step(ctx context.Context) (int, error) {
	var batch []journal.Record
	err := f.db.Read(system(ctx), func(tx *db.Tx) (err error) {
		batch, err = journal.Heads(tx, f.Last(), readBatch)
		return err
	})
	if err != nil || len(batch) == 0 {
		return 0, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.recent = append(f.recent, batch...)
	if len(f.recent) > 2*feedMemory { // seldom, since it copies
		f.recent = slices.Clone(f.recent[len(f.recent)-feedMemory:])
	}
	f.last = batch[len(batch)-1].Pos
	close(f.moved)
	f.moved = make(chan struct{})
	return len(batch), nil
}

// Last is the position of the newest entry that the feed has seen.
func (f *Feed) Last() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.last
}

// After returns the entries after a position, without what they say, and a channel that is closed when
// there are more. It reports false when the position is too old or not one of
// this journal: the watcher must then load everything again.
func (f *Feed) After(pos int64) (entries []journal.Record, more <-chan struct{}, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if pos > f.last {
		return nil, f.moved, false
	}
	oldest := f.last
	if len(f.recent) > 0 {
		oldest = f.recent[0].Pos - 1
	}
	if pos < oldest {
		return nil, f.moved, false
	}
	i, _ := slices.BinarySearchFunc(f.recent, pos+1, func(r journal.Record, p int64) int { return cmp.Compare(r.Pos, p) })
	return slices.Clone(f.recent[i:]), f.moved, true
}
