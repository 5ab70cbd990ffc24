// Package job does what must happen, and when: a durable queue with timers,
// leases with fencing, and the hand that gives journal entries to their
// readers at least once.
//
// In: jobs written in the transaction of the change that asks for them, and
// journal entries with a position. Out: calls of handlers, each of which opens
// its own transaction and makes no network call inside it.
//
// What must stay true:
//   - a job or an entry is given again after a crash, so handlers are
//     idempotent by job id or entry position;
//   - whoever holds a lease proves it by its fence in every write (Hold): a
//     node that was asleep cannot write for a lease that another took over;
//   - a handler that keeps failing is set aside where people see it (job state
//     "failed", table reader_stuck) and never blocks those behind it for ever.
//
// Tables owned: job, lease, reader, reader_stuck, idempotency. This and db are
// the only packages that look at a clock.
package job
