// Package connection is a connector that someone has set up: its settings,
// sealed secrets, health, the feeds that run for it, the comparisons of what
// came in with what the detector holds, and the letters that go out over it.
//
// In: settings and secrets from people, messages from feeds, letters, calls from
// outside. Out: live connectors, batches handed to the intake (Take), what a
// connection test found, what a comparison missed, what became of a letter, and
// the buttons that were pressed.
//
// What must stay true:
//   - a secret is written, never read back: the API tells only whether it is
//     set. It is sealed with the connection and the destination it was entered
//     for; changing the destination clears it, so that nobody can have a key
//     sent to a host of their own;
//   - a message is answered for only after the intake has made it durable;
//   - a comparison that was interrupted goes on where it was, and its watermark
//     moves only after a run that saw everything;
//   - every connector gets its HTTP client and its dialer from the egress guard;
//   - no transaction is open while an outside is asked, and no error of a letter
//     holds a secret.
//
// Tables owned: connection, secret, connection_health, reconcile. The package knows
// nothing of findings: what a message means is said by the Take that app wires.
package connection
