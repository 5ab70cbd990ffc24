// Package webhookout tells other systems by HTTP, signed as
// https://www.standardwebhooks.com asks.
//
// In: an address and a secret as manifest.yaml declares them, and letters. Out:
// calls that their receiver can prove, each attempt of a letter under the same
// id.
//
// What must stay true: nothing is sent unsigned; what is signed is what is sent,
// with the id and the time of the attempt; two secrets sign while one replaces
// the other; no redirect is followed; buttons, with which somebody could act in
// a person's name, are never sent.
//
// It keeps nothing and owns no table.
package webhookout
