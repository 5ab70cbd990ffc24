// Package all is the one table of built-in connectors. Nothing registers
// itself: whoever wants to know what exists reads Table.
//
// In: nothing. Out: every connector.Kind by its name. It owns no table in the
// database.
package all
