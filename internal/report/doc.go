// Package report turns the journal into measures: how long tickets were in each
// phase, how fast people acknowledged, contained and closed, what was breached,
// handed over and reopened.
//
// In: journal entries about tickets, in the order of their positions. Out:
// figures of a span of time with their spread, by severity, team, source or
// type; the times of one ticket; what is still open and therefore not counted.
//
// What must stay true:
//   - a measure follows from the journal alone: the projection may be thrown
//     away and made again, and comes out the same to the microsecond;
//   - a measure belongs to the day on which it ended, in the tenant's zone, so
//     that what is still open never makes a span look better;
//   - what is not known is missing, never zero;
//   - the projection is of one version of the definitions and of one zone; when
//     either changes it is made anew.
//
// Tables owned: report_ticket, report_cell, report_state. The package never
// writes about tickets, and ranks nobody.
package report
