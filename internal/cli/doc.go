// Package cli is the command line of the binary: flags, output, exit codes.
//
// In: arguments, the environment, standard input. Out: data on standard output,
// talk on standard error, and an exit code: 0 ok, 1 error, 2 usage, 3 not
// allowed, 4 not found, 5 conflict or stale, 6 done in part.
//
// What must stay true:
//   - a command that needs a server speaks the HTTP API only; what must open
//     the database itself comes from app as a function (Local);
//   - a secret is never a flag, because flags stand in the list of processes;
//   - a token goes to the server it was set up for and to no other;
//   - what others wrote (titles, notes, reasons) cannot drive a terminal or a
//     spreadsheet.
//
// The package owns no table and decides nothing about incidents.
package cli
