// Package platter is a disk in memory that loses power: a file layer for
// SQLite. What was synced stays; of each write that was not, the cut keeps
// all, nothing, or some of its sectors of 512 bytes. In come a random source
// and the calls of the database; out goes what a machine would find after the
// power is back. Deleting a file counts as durable at once. It owns no tables.
package platter
