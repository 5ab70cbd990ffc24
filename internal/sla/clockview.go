package sla

import (
	"time"

	"tocsin/internal/db"
)

// ClockView is a clock as people see it.
type ClockView struct {
	Metric             string        `json:"metric" enum:"ack,contain,resolve,phase,handover,age"`
	Phase              string        `json:"phase" doc:"For the metric phase"`
	Cycle              int64         `json:"cycle" doc:"From 1; grows when the same thing has to be done again"`
	Target             string        `json:"target"`
	Calendar           string        `json:"calendar"`
	StartedAt          time.Time     `json:"started_at"`
	DueAt              *time.Time    `json:"due_at" doc:"null while paused and once it has ended; of one that has passed it is for guidance"`
	State              string        `json:"state" enum:"running,paused,met,breached"`
	StoppedAt          *time.Time    `json:"stopped_at"`
	BreachedAt         *time.Time    `json:"breached_at"`
	BreachedOnRetarget bool          `json:"breached_on_retarget" doc:"The target became shorter than what was used already"`
	Excluded           string        `json:"excluded" enum:",merged,duplicate,false_positive" doc:"Why it does not count in what was attained"`
	UsedSeconds        int64         `json:"used_seconds" doc:"Time that counted so far"`
	RemainingSeconds   int64         `json:"remaining_seconds" doc:"Time that counts until the target is used up; negative beyond it"`
	PausedSeconds      int64         `json:"paused_seconds"`
	PolicyVersion      int64         `json:"policy_version"`
	Warnings           []WarningView `json:"warnings" nullable:"false"`
}

// WarningView is a share of a target.
type WarningView struct {
	Percent int        `json:"percent"`
	At      *time.Time `json:"at" doc:"null while paused"`
}

func (c *Clock) view() ClockView {
	v := ClockView{
		Metric: c.Metric, Phase: c.Phase, Cycle: c.Cycle, Target: c.Text, Calendar: c.Calendar,
		StartedAt: db.Time(c.StartedAt), DueAt: timeOrNil(c.DueAt), State: c.State, StoppedAt: timeOrNil(c.StoppedAt),
		BreachedAt: timeOrNil(c.BreachedAt), BreachedOnRetarget: c.OnRetarget, Excluded: c.Excluded,
		UsedSeconds: c.Used / 1e6, RemainingSeconds: (c.Target - c.Used) / 1e6, PausedSeconds: c.PausedMicros / 1e6,
		PolicyVersion: c.Version, Warnings: []WarningView{},
	}
	for _, w := range c.Warnings {
		v.Warnings = append(v.Warnings, WarningView{w.Percent, timeOrNil(w.At)})
	}
	return v
}

func views(clocks []Clock) []ClockView {
	out := make([]ClockView, len(clocks))
	for i := range clocks {
		out[i] = clocks[i].view()
	}
	return out
}

func timeOrNil(at int64) *time.Time { return db.TimeOrNil(orNil(at)) }
