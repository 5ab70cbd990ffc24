// Package harness is what the load and fault programs share: starting and
// ending the real binary, speaking to it, and findings to send. It comes in
// with the path of a binary and a data directory and goes out with a running
// process and an address. It owns no tables and never ends a process that it
// did not start.
package harness
