// Package duty says who is responsible now: teams' schedules with rotations and
// overrides, shifts made from them ahead of time, and the business calendars by
// which working time is counted.
//
// In: schedules and overrides that leads write, calendars as documents. Out:
// who is on duty at an instant, as a plain read; when a shift begins, ends or is
// missing, as journal entries; sums of working time.
//
// What must stay true:
//   - a local time of day becomes an instant by Resolve only, which is right in
//     the gap and the overlap of daylight saving and where a day is missing;
//   - shifts of the past never change: they are the evidence of who was on duty;
//   - nobody who is not active is on duty.
//
// Tables owned: schedule, shift, duty_override, duty_turn, duty_gap, duty_feed.
// The package pages nobody and knows nothing of tickets.
package duty
