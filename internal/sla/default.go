package sla

import (
	"bytes"
	"encoding/json"

	"tocsin/internal/duty"
)

// Default is the document that an installation begins with: version 1. Office
// hours are those of the given zone.
func Default(zone string) Document {
	if zone == "" {
		zone = "UTC"
	}
	nine := []string{"09:00-17:00"}
	office := CalendarDoc{ID: "office", Name: "Office hours", CalendarSpec: duty.CalendarSpec{
		Zone: zone, Closed: []string{}, Special: map[string][]string{},
		Weekly: map[string][]string{"mon": nine, "tue": nine, "wed": nine, "thu": nine, "fri": nine},
	}}
	return Document{
		Calendars: []CalendarDoc{office},
		Policies:  []Policy{defaultPolicy()},
		Ladders:   []Ladder{defaultLadder()},
	}
}

func defaultPolicy() Policy {
	hours := map[string]string{"critical": RoundTheClock, "high": RoundTheClock, "*": "office"}
	both := []string{roleOwner, roleLead}
	return Policy{
		ID: "default", Name: "Every ticket", Match: "", Enabled: true,
		Timers: []Target{
			{Metric: MetricAck, Targets: map[string]string{"critical": "15m", "high": "30m", "medium": "4h", "low": "1bd"}, Calendar: hours},
			{Metric: MetricContain, Targets: map[string]string{"critical": "4h", "high": "8h", "medium": "3bd", "low": "5bd"}, Calendar: hours, Pausable: true},
			{Metric: MetricResolve, Targets: map[string]string{"critical": "24h", "high": "72h", "medium": "10bd", "low": "20bd"}, Calendar: hours, Pausable: true},
			{Metric: MetricPhase, Phase: "analysis", Targets: map[string]string{"critical": "1h", "high": "4h"}, Calendar: map[string]string{}, Pausable: true},
			{Metric: MetricHandover, Targets: map[string]string{"critical": "10m", "high": "30m", "*": "2h"}, Calendar: map[string]string{}},
			{Metric: MetricAge, Targets: map[string]string{"critical": "7d", "high": "14d", "medium": "30d", "low": "60d", "info": "30d"}, Calendar: map[string]string{}},
		},
		WarnAt: []int{50, 75, 90},
		PauseReasons: []PauseReason{
			{ID: "third_party", Title: "Waiting for a third party", Max: "72h", Roles: both},
			{ID: "customer", Title: "Waiting for the customer", Max: "72h", Roles: both},
			{ID: "change_window", Title: "Waiting for a change window", Max: "14d", Roles: both},
			{ID: "legal_hold", Title: "Legal hold", Max: "90d", Roles: []string{roleLead}},
		},
		MaxPaused: map[string]int{"critical": 25}, Ladder: "soc",
		PageOnOpen: []string{"critical", "high"},
		ReackAfter: map[string]string{"critical": "30m", "high": "2h"},
	}
}

func defaultLadder() Ladder {
	return Ladder{
		ID: "soc", Name: "On duty, lead, manager",
		Levels: []Level{
			{After: "0m", Notify: []string{"oncall:team"}},
			{After: "5m", Notify: []string{"oncall:team"}},
			{After: "10m", Notify: []string{"lead:team"}},
			{After: "20m", Notify: []string{"role:manager"}},
		},
		Repeat:   &Repeat{Every: "15m", FromLevel: 2},
		Fallback: []string{"role:tenant-admin"},
	}
}

// isShipped reports whether a ladder is the one that comes with the product,
// which is the only one that may fall back on whoever holds a role: nobody can
// confirm a channel before there is anybody.
func isShipped(l *Ladder) bool {
	shipped := defaultLadder()
	return same(l, &shipped)
}

// same compares what people wrote.
func same(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}
