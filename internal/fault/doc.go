// Package fault says how things go wrong: a machine code, a human sentence,
// the field at fault and the cause.
//
// In: nothing. Out: *Error, which every room returns for a failure that a
// caller can act on. The api room maps a Code to an HTTP status and the cli
// room to an exit code, each in one place. An error that is not a *Error is
// Internal, and its text never reaches a client.
//
// The package owns no table and does no input or output.
package fault
