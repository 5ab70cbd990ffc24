// Package journal is the append-only record of every significant action. It is
// the timeline of a ticket, the forensic chain, the outbox, the source of every
// measure and the live feed, all at once.
//
// In: entries that a room writes in the same transaction as the change they
// record. Out: streams oldest first, entries after a position, and the exact
// bytes that were hashed.
//
// Frozen from the first day, because the bytes are evidence (bytes.go):
// an entry is the RFC 8785 canonical JSON object of actor, at, data, kind,
// prev, priv, seq, stream, tenant and v; its hash is SHA-256 over a zero byte
// and these bytes (the leaf hash of RFC 6962); prev is the hash of the stream's
// previous entry. data holds no free text and no personal data: those go to
// priv, of which the bytes hold only a commitment, so that they can be erased
// without breaking the chain.
//
// Positions order all entries for readers. They are given when the order of
// commits is known: at once on SQLite, by one leader after the commit on
// PostgreSQL (Place). A reader that followed an insertion sequence there would
// miss entries that became visible late.
//
// Tables owned: entry. The package never changes an entry, and never decides
// what an entry means.
package journal
