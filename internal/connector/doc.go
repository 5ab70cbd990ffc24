// Package connector is the wall socket: what a connector to an outside system
// is, and what it may ask of us.
//
// In: a manifest (what can be set up), settings and secrets someone entered,
// and an HTTP client and a dialer that go through the egress guard. Out: a
// Connector that can say what works (Check) and, if it is a Feeder, feeds that
// hand messages to a Sink; a Receiver is called from outside, a Notifier hands
// letters to people.
//
// What must stay true:
//   - a message leaves the outside system only after Sink.Take said
//     VerdictKept, which means it is durable here;
//   - a secret is never printed, logged, marshalled or put into an error;
//   - a connector opens no socket but through the clients of its Config, keeps
//     no state that must survive a restart, and owns no table: the connection
//     room stores settings, health and the record of calls.
//
// Each vendor is a package of its own below this one, and connector/all lists
// them in one table.
package connector
