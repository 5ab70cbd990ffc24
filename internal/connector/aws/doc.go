// Package aws connects Tocsin to Amazon Web Services: it signs in, reads
// finding events from SQS queues and the S3 objects they point to, asks
// Security Hub for what the queues lost, and says which permissions are
// missing.
//
// In: settings and secrets as manifest.yaml declares them. Out: a
// connector.Feeder with one feed for each queue, a connector.Reconciler, and a
// connection test.
//
// What must stay true:
//   - a message is deleted only after Sink.Take has returned and said
//     VerdictKept for it; whatever else happens it stays in the queue;
//   - a message that points to objects is deleted only after the content of
//     each, or the message itself as evidence, was kept;
//   - a batch being taken is kept invisible to others by a heartbeat, and a
//     batch in hand is finished when the feed is told to stop;
//   - every request leaves through Config.HTTP, those to the fixed addresses
//     of the machine's own credentials through Config.Metadata;
//   - no credential reaches a log, an event or an error.
//
// Bodies are looked into for S3 notifications only: package finding decodes
// them. It owns no table.
package aws
