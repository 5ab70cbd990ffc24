// Package db is the floor: one pool, one Tx, one small dialect seam and the
// migrations, over an embedded SQLite file or PostgreSQL.
//
// In: closures from the rooms above, which speak one SQL text ($1 placeholders,
// the subset that both engines take). Out: durable commits. Write answers only
// after the commit is on disk; Read gives one consistent snapshot.
//
// What must stay true:
//   - a Tx has one fixed Now, one tenant and one actor;
//   - a closure given to Write may run more than once, so it assigns results
//     and never appends, and it makes no network call;
//   - a closure never sees its caller's context end once it has begun, because
//     on SQLite that would roll back its neighbours in the same group;
//   - durability is asserted when the database is opened, not hoped for;
//   - nothing above this package knows which engine runs;
//   - an archive (Archive, VerifyArchive) is of one moment and belongs to neither
//     engine; what is restored (Stage) takes the place of a database in one step,
//     and half of a restore is never opened.
//
// Tables owned: counter, and goose's own version table. The package knows
// nothing of incidents.
package db
