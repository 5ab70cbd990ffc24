package connector

import (
	"context"
	"io"
)

// Keeper is a Connector that keeps objects for us, such as files of evidence.
// What it gets is sealed already.
type Keeper interface {
	Connector
	// Keep writes an object and returns when it is durable there.
	Keep(ctx context.Context, at Bucket, o Object) error
	// Fetch reads length bytes of an object from an offset on; a negative length
	// is to the end. What is not there is fault.Missing.
	Fetch(ctx context.Context, at Bucket, name string, from, length int64) (io.ReadCloser, error)
	// Discard takes an object away; one that is not there is no error.
	Discard(ctx context.Context, at Bucket, name string) error
}

// Bucket is where objects are kept.
type Bucket struct{ Name, Prefix, Region string }

// Object is something to be kept.
type Object struct {
	Name   string
	Body   io.ReadSeeker
	Size   int64
	SHA256 []byte // of Body; the outside checks it
}
