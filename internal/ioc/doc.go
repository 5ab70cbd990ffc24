// Package ioc finds, refangs, classifies and guards indicators of compromise in
// text that attackers write.
//
// In: any bytes as text, or one value. Out: matches in the order of the text,
// each with its type, its canonical value, the exact bytes it was written as,
// where they stand, and guards: reasons to be careful with it, which never
// delete it. The caller decides what a guard means for it.
//
// Work is linear in the length of the text: one pass undoes defanging and keeps
// a map back to the original, one pass reads tokens by hand. No regular
// expression runs here. Nothing panics on any input.
//
// The package is pure: no table, no clock, no network, no file.
package ioc
