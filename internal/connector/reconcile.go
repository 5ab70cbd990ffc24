package connector

import (
	"context"
	"time"
)

// Place is where a detector keeps what it found, such as one region, and how
// often that is compared with what came in.
type Place struct {
	Name     string        // unique within the connection, for people
	Every    time.Duration // between the beginnings of two runs
	Lookback time.Duration // how far each run goes back behind the newest change seen
	First    time.Duration // how far the first run goes back; at least Lookback
}

// Reconciler is a Connector that can be asked for what the detector holds, so
// that what a feed lost is found.
type Reconciler interface {
	Connector
	// Reconcile hands on everything at the place that changed in the span, page
	// by page, and asks for the next page only after hand has returned. It keeps
	// to the detector's rate limits by itself. An error of hand ends it and is
	// returned as it is; any other says in one sentence what is wrong.
	Reconcile(ctx context.Context, place string, span Span, hand func(context.Context, Page) error) error
}

// Span is a stretch of time in microseconds UTC, both ends included.
type Span struct{ From, To int64 }

// Page is a part of what a detector holds.
type Page struct {
	Messages []Message
	Newest   int64 // the latest change in it, microseconds UTC; 0 unknown
	// Through is a time up to which everything of the span has been handed on
	// with this page and those before it; 0 where the order does not tell. A run
	// that was interrupted goes on from there.
	Through int64
}
