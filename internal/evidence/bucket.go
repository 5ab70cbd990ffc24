package evidence

import (
	"context"
	"io"
	"io/fs"

	"tocsin/internal/connection"
	"tocsin/internal/connector"
	"tocsin/internal/fault"
)

// bucket is the shelf behind a connection. What it keeps is spooled to the disk
// first, so that its size and hash are known before anything is sent.
type bucket struct {
	connections *connection.Connections
	id          string
	at          connector.Bucket
}

// Keep implements Shelf.
func (b *bucket) Keep(ctx context.Context, place string, s *spooled) error {
	k, err := b.connections.Keeper(ctx, b.id)
	if err != nil {
		return err
	}
	return b.connections.Scrubbed(k.Keep(ctx, b.at, connector.Object{Name: place, Body: s.file, Size: s.size, SHA256: s.sum}))
}

// Open implements Shelf.
func (b *bucket) Open(ctx context.Context, place string, from, length int64) (io.ReadCloser, error) {
	k, err := b.connections.Keeper(ctx, b.id)
	if err != nil {
		return nil, err
	}
	r, err := k.Fetch(ctx, b.at, place, from, length)
	if fault.Is(err, fault.Missing) {
		return nil, fs.ErrNotExist
	}
	return r, b.connections.Scrubbed(err)
}

// Remove implements Shelf.
func (b *bucket) Remove(ctx context.Context, place string) error {
	k, err := b.connections.Keeper(ctx, b.id)
	if err != nil {
		return err
	}
	return b.connections.Scrubbed(k.Discard(ctx, b.at, place))
}
