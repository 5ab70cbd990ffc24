// Package pagerduty raises, acknowledges and ends alarms in PagerDuty by its
// Events API, version 2.
//
// In: an integration key as manifest.yaml declares it, and letters. Out: events,
// all of one alarm under one key.
//
// What must stay true: a letter that is sent twice is one alarm, because its key
// is the letter's or, without one, made of its id; and "accepted" is all that is
// ever claimed, since PagerDuty works on events later.
//
// It keeps nothing and owns no table.
package pagerduty
