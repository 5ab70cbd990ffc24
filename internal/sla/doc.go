// Package sla keeps time: targets by severity and phase, the clocks of a ticket
// as a pure replay of its journal, and the ladders on which what nobody answers
// climbs.
//
// In: the document of calendars, policies and ladders that managers edit, a
// version for each change; the journal of a ticket. Out: the clocks of a ticket,
// what its row shows of them, warnings, breaches, calls of people, and an
// account of how each time came about.
//
// What must stay true:
//   - the clocks of a ticket follow from its journal and the versions of the
//     document; the row caches when to look next and what is due, nothing else;
//   - a breach is judged by the time of the event, not by when somebody looked;
//     one that happened stays in history;
//   - a ladder never changes who is responsible; nobody on duty is never
//     silence: the next level and the fallback are called at once;
//   - a look that fails is put off, logged and looked at again: one ticket never
//     holds up another.
//
// Tables owned: sla_version, ladder_run, pause, catchup. The package sends
// nothing itself (notify does) and opens or closes no ticket.
package sla
