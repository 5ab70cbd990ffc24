package app

import (
	"context"

	"tocsin/internal/cli"
)

// runJobs runs the readers and jobs until ctx ends. A search index that has
// gone, as after a restore, is made again from the journal, and so are measures
// of other definitions or of another zone.
func (r *Rooms) runJobs(ctx context.Context) {
	if err := r.Tickets.RebuildSearch(ctx, false); err != nil {
		r.Log.Warn("whether search has to be rebuilt is not known", "error", err)
	}
	if err := r.Report.Ready(ctx); err != nil {
		r.Log.Warn("whether measures have to be made again is not known", "error", err)
	}
	r.Jobs.Run(ctx)
}

func reindex(ctx context.Context, o cli.StoreOptions) error {
	return with(ctx, o, func(r *Rooms) error { return r.Tickets.RebuildSearch(ctx, true) })
}

func remeasure(ctx context.Context, o cli.StoreOptions) error {
	return with(ctx, o, func(r *Rooms) error { return r.Report.Rebuild(ctx) })
}
