// Package heartbeat gives an outside address a sign of life, so that somebody
// else notices when this system is dead: whoever runs the address raises the
// alarm when the sign stays out.
//
// In: the address, which is a secret because whoever has it can pretend that all
// is well, and how often. Out: one call a letter, of which nothing but that it
// came is sent.
//
// What must stay true: what the call says of this system is nothing; no text of
// an error holds the address.
//
// It keeps no time and owns no table: the room of notices calls it.
package heartbeat
