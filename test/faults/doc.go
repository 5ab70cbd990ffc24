// Command faults breaks the real server on purpose and counts what is lost.
// What comes in are the binary (TOCSIN_BIN) and, when it is there, PostgreSQL
// (TOCSIN_TEST_PG); what goes out is a row for each promise with its figure,
// its bar and a verdict, and an exit code that is not zero when a promise is
// broken. A machine that cannot try a fault says so: a skipped row is no pass.
package main
