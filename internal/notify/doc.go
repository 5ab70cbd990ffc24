// Package notify tells people, durably: it keeps what they should hear until a
// channel has taken it, and shows what became of it.
//
// In: notices written in the transaction of what they are about (Tell), the ways
// in which each person can be reached, their quiet hours. Out: messages over
// connections that can notify, their state of delivery, and the links in them
// with which somebody acts from a phone.
//
// What must stay true:
//   - a notice commits with its cause and is told once for each key, however
//     often the cause is handled;
//   - no network call is made inside a transaction; an attempt is written down
//     before it is made and its outcome after;
//   - many notices of one person become one message; what is urgent waits for
//     nothing but its own burst;
//   - a link names one person and one ticket, ends by itself, and reading it
//     never acts: mail scanners open every link;
//   - accepted by a channel is not read by a person: only what a person confirms
//     makes a channel good enough to be the last resort.
//
// Tables owned: notice, notice_batch, message, contact, contact_test, channel,
// notify_settings, snooze, heartbeat.
// The package knows tickets by id only and decides nothing about them.
package notify
