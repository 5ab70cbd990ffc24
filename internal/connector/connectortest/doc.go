// Package connectortest holds what tests of connectors share: Run, the
// conformance suite every kind passes; Source, a connector whose queue lives
// in memory, for tests of the rooms that use connectors; and Sink, which
// records what a feed brought.
//
// In: a connector.Kind. Out: failed tests. It owns no table, opens no socket
// and is imported by tests only.
package connectortest
