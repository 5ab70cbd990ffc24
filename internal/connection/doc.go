// Package connection is a connector that someone has set up: its settings,
// sealed secrets, health, and the feeds that run for it.
//
// In: settings and secrets from people, messages from feeds. Out: live
// connectors, batches handed to the intake (Take), and what a connection test
// found.
//
// What must stay true:
//   - a secret is written, never read back: the API tells only whether it is
//     set. It is sealed with the connection and the destination it was entered
//     for; changing the destination clears it, so that nobody can have a key
//     sent to a host of their own;
//   - a message is answered for only after the intake has made it durable;
//   - every connector gets its HTTP client from the egress guard.
//
// Tables owned: connection, secret, connection_health. The package knows
// nothing of findings: what a message means is said by the Take that app wires.
package connection
