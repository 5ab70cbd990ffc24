// Package app wires the rooms into one server and owns its start and stop.
//
// In: process settings. Out: a running server, and the commands that work on a
// database directly. wire.go is the forward flow of the product on one screen:
// which reader acts on which kind of journal entry, and the two flows that are
// one transaction.
//
// It owns no table and decides nothing about incidents.
package app
