package sla

import (
	"slices"
	"strconv"

	"tocsin/internal/db"
	"tocsin/internal/identity"
	"tocsin/internal/journal"
	"tocsin/internal/notify"
	"tocsin/internal/ticket"
)

// tellEnding reminds whoever has open tickets that their shift ends soon: what
// they do not offer is offered to the next shift, and they stay responsible.
func (s *SLA) tellEnding(tx *db.Tx, e *journal.Record) error {
	who := e.Get("person")
	if who == "" {
		return nil
	}
	open, err := ticket.OwnedBy(tx, who, 1000)
	if err != nil || open == 0 {
		return err
	}
	text := "Your shift ends soon and you own " + decimal(open) + " open tickets. Offer them to the next shift; you stay responsible until they are accepted."
	if open == 1 {
		text = "Your shift ends soon and you own an open ticket. Offer it to the next shift; you stay responsible until it is accepted."
	}
	return s.told(tx, []notify.Notice{{
		Key: "ending|" + e.Get("shift") + "|" + who, Person: who, Kind: notify.Shift, Text: text, DueAt: number(e, "at"), OnDuty: true,
	}})
}

// tellGap tells who leads the team of a schedule, and the managers, that nobody
// will be on duty.
func (s *SLA) tellGap(tx *db.Tx, e *journal.Record) error {
	people, err := askMany(s.people.Holders, tx, identity.Manager)
	if err != nil {
		return err
	}
	if team, err := ask(s.people.TeamOf, tx, e.Get("schedule")); err != nil {
		return err
	} else if team != "" {
		lead, err := s.lead(tx, team)
		if err != nil {
			return err
		}
		if !slices.Contains(people, lead) {
			people = append(people, lead)
		}
	}
	from := number(e, "from")
	notices := []notify.Notice{}
	for _, id := range people {
		if id == "" {
			continue
		}
		notices = append(notices, notify.Notice{
			Key: "gap|" + e.Get("schedule") + "|" + decimal(from) + "|" + decimal(number(e, "days")) + "|" + id, Person: id, Kind: notify.Gap,
			Text:  "Nobody is on duty from " + db.Time(from).Format("2 January 15:04 MST") + " to " + db.Time(number(e, "to")).Format("2 January 15:04 MST") + ".",
			DueAt: from,
		})
	}
	return s.told(tx, notices)
}

func seq(e *journal.Record) string { return decimal(e.Seq) }

func decimal(n int64) string { return strconv.FormatInt(n, 10) }
