package sla

import (
	"log/slog"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/journal"
	"tocsin/internal/notify"
	"tocsin/internal/ticket"
)

// Config is what the room is made of.
type Config struct {
	DB      *db.DB
	Journal *journal.Journal
	Tickets *ticket.Tickets
	Tell    func(tx *db.Tx, notices ...notify.Notice) error
	Release func(tx *db.Tx, batch string) error
	// Unacknowledge makes a ticket one that must be acknowledged again, and Offer
	// offers it to whom a ladder calls.
	Unacknowledge func(tx *db.Tx, chain *journal.Chain, ticket, cause string) error
	Offer         func(tx *db.Tx, ticket, person string) error
	// Called reports of which tickets somebody was called; a call that waits for
	// its message counts when it is not older than since.
	Called func(tx *db.Tx, tickets []string, since int64) (map[string]bool, error)
	// Delivered says what became of the notices about a ticket.
	Delivered func(tx *db.Tx, ticket string) ([]Delivery, error)
	People    People
	Log       *slog.Logger // nil discards
}

// People is what this room asks of the rooms that know people. A function that
// is nil answers no, nobody or nothing.
type People struct {
	Active    func(tx *db.Tx, person string) (bool, error)
	Holders   func(tx *db.Tx, role string) ([]string, error)             // active people with a role
	Lead      func(tx *db.Tx, team string) (string, error)               // of a team; fault.Missing when there is none
	Intake    func(tx *db.Tx) (team, lead string, err error)             // the team that tickets come to
	Names     func(tx *db.Tx, ids []string) (map[string]string, error)   // of people, teams and schedules
	OnTeam    func(tx *db.Tx, team string, at int64) (string, error)     // on duty for a team; "" in a gap
	Schedule  func(tx *db.Tx, schedule string) (bool, error)             // exists
	OnCall    func(tx *db.Tx, schedule string, at int64) (string, error) // on duty by a schedule; "" in a gap
	Channel   func(tx *db.Tx, connection string) (string, error)         // its name; "" when it cannot tell anybody anything
	Confirmed func(tx *db.Tx, person string) (bool, error)               // has a way that the person has confirmed
	Tested    func(tx *db.Tx, connection string) (bool, error)           // a channel whose test succeeded
	Members   func(tx *db.Tx, team string) ([]string, error)             // active people of a team
	Zone      func(tx *db.Tx) (*time.Location, error)                    // in which the tenant's days begin; nil is UTC
	Leads     func(tx *db.Tx) ([]string, error)                          // of all teams
	Ways      func(tx *db.Tx) (bool, error)                              // somebody can be told something over some channel
	Rota      func(tx *db.Tx, schedule string) (string, error)           // the name of a schedule, for people
	TeamOf    func(tx *db.Tx, schedule string) (string, error)           // whose schedule it is; "" when it is no team's
	LeadsOf   func(tx *db.Tx, person string) ([]string, error)           // of the teams that a person is in
}

// SLA is the room.
type SLA struct {
	db       *db.DB
	journal  *journal.Journal
	tickets  *ticket.Tickets
	tell     func(tx *db.Tx, notices ...notify.Notice) error
	release  func(tx *db.Tx, batch string) error
	people   People
	log      *slog.Logger
	versions *versions
	gauges   Gauges
	singles  memo
	auditor  auditor

	unacknowledge func(tx *db.Tx, chain *journal.Chain, ticket, cause string) error
	offerTo       func(tx *db.Tx, ticket, person string) error
	called        func(tx *db.Tx, tickets []string, since int64) (map[string]bool, error)
	delivered     func(tx *db.Tx, ticket string) ([]Delivery, error)
}

// New makes the room.
func New(c Config) *SLA {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &SLA{
		db: c.DB, journal: c.Journal, tickets: c.Tickets, tell: c.Tell, release: c.Release,
		people: c.People, log: c.Log, versions: newVersions(),
		unacknowledge: c.Unacknowledge, offerTo: c.Offer, called: c.Called, delivered: c.Delivered,
	}
}
