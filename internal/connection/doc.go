// Package connection is a connector that someone has set up: its settings,
// sealed secrets, health, the feeds that run for it, and the comparisons of what
// came in with what the detector holds.
//
// In: settings and secrets from people, messages from feeds. Out: live
// connectors, batches handed to the intake (Take), what a connection test
// found, and what a comparison missed.
//
// What must stay true:
//   - a secret is written, never read back: the API tells only whether it is
//     set. It is sealed with the connection and the destination it was entered
//     for; changing the destination clears it, so that nobody can have a key
//     sent to a host of their own;
//   - a message is answered for only after the intake has made it durable;
//   - a comparison that was interrupted goes on where it was, and its watermark
//     moves only after a run that saw everything;
//   - every connector gets its HTTP client from the egress guard.
//
// Tables owned: connection, secret, connection_health, reconcile. The package knows
// nothing of findings: what a message means is said by the Take that app wires.
package connection
