package api

import (
	"context"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
	"tocsin/internal/report"
	"tocsin/internal/ticket"
)

func (s *Server) registerKPIs() {
	handle(s, get("get-kpis", "/kpis", may(identity.ReportRead, identity.TicketForce), "Measures of a span of days: how fast, how often, with their spread; what is still open stands beside them"), s.kpis)
	handle(s, get("get-ticket-times", "/tickets/{id}/times", may(identity.TicketRead), "The phases of a ticket as they followed each other, and every measure of it"), s.ticketTimes)
}

type kpisInput struct {
	From     string   `query:"from" maxLength:"10" doc:"First day, such as 2026-10-01; 30 days ago where it is left out"`
	To       string   `query:"to" maxLength:"10" doc:"First day that is not meant any more; tomorrow where it is left out"`
	Group    string   `query:"group" maxLength:"20" doc:"severity, team, source or type"`
	Severity string   `query:"severity" maxLength:"20" doc:"Only tickets of this severity"`
	Team     string   `query:"team" maxLength:"60" doc:"Only tickets of this team (id)"`
	Source   string   `query:"source" maxLength:"200" doc:"Only tickets that this product opened"`
	Type     string   `query:"type" maxLength:"60" doc:"Only tickets of this type"`
	Measure  []string `query:"measure" maxItems:"50" doc:"Only these measures, by name; each once"`
}

// KPIs are measures of a span.
type KPIs struct {
	From        string     `json:"from"`
	To          string     `json:"to" doc:"The first day that is not meant"`
	Group       string     `json:"group"`
	Zone        string     `json:"zone" doc:"In whose days it is counted"`
	Definitions int64      `json:"definitions" doc:"Version of what the measures mean"`
	FreshUntil  *time.Time `json:"fresh_until" doc:"Up to when the journal is in it"`
	Open        OpenNow    `json:"open" doc:"Not counted, because it has not ended"`
	KPIs        []KPI      `json:"kpis" nullable:"false"`
}

// OpenNow is what is still open.
type OpenNow struct {
	N      int64      `json:"n"`
	Oldest *time.Time `json:"oldest_opened_at"`
}

// KPI is a measure.
type KPI struct {
	Name   string     `json:"name"`
	Title  string     `json:"title"`
	Unit   string     `json:"unit" enum:"seconds,share"`
	Means  string     `json:"means" doc:"From when to when, and what is left out"`
	AWS    string     `json:"aws_name" doc:"The name of its mean in the AWS Security Incident Response Guide; empty for none"`
	Groups []KPIGroup `json:"groups" nullable:"false"`
}

// KPIGroup is a measure of one group. A duration has n, median and p90; a share
// has hits of n and a rate.
type KPIGroup struct {
	Group  string    `json:"group" doc:"Empty for all"`
	Name   string    `json:"name" doc:"The group in words, such as a team's name"`
	N      int       `json:"n"`
	Median *float64  `json:"median"`
	P90    *float64  `json:"p90"`
	Low    *float64  `json:"low" doc:"The median of what these are drawn from lies from here"`
	High   *float64  `json:"high" doc:"to here in 95 of 100 cases; null below 6 values. Of a share, Wilson's interval"`
	Mean   *float64  `json:"mean" doc:"Small print: one long case moves it"`
	Values []float64 `json:"values" nullable:"false" doc:"The values themselves where there are too few for an interval"`
	Hits   int       `json:"hits" doc:"Of a share"`
	Rate   *float64  `json:"rate" doc:"Of a share, 0 to 1"`
}

type kpisOutput struct{ Body KPIs }

func (s *Server) kpis(ctx context.Context, in *kpisInput) (*kpisOutput, error) {
	var out KPIs
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		zone, err := identity.Zone(tx)
		if err != nil {
			return err
		}
		q, err := in.asked(db.Time(tx.Now()).In(zone))
		if err != nil {
			return err
		}
		told, err := s.deps.Report.Figures(tx, q)
		if err != nil {
			return err
		}
		out = KPIs{
			From: q.From.Format(time.DateOnly), To: q.To.Format(time.DateOnly), Group: in.Group, Zone: told.Zone, Definitions: told.Definitions,
			FreshUntil: timeOrNil(told.Until), Open: OpenNow{told.Open.N, timeOrNil(told.Open.Oldest)}, KPIs: kpisOf(told.Figures),
		}
		return nameGroups(tx, in.Group, out.KPIs)
	})
	return &kpisOutput{out}, err
}

// asked reads the question; today is by the tenant's calendar.
func (in *kpisInput) asked(today time.Time) (q report.Asked, err error) {
	q = report.Asked{From: today.AddDate(0, 0, -30), To: today.AddDate(0, 0, 1), Group: in.Group, Only: map[string]string{}, Measures: in.Measure}
	for name, text := range map[string]string{"from": in.From, "to": in.To} {
		if text == "" {
			continue
		}
		day, err := time.Parse(time.DateOnly, text)
		if err != nil {
			return q, fault.Field("query."+name, "must be a day such as 2026-10-01")
		}
		if name == "from" {
			q.From = day
		} else {
			q.To = day
		}
	}
	for by, value := range map[string]string{"severity": in.Severity, "team": in.Team, "source": in.Source, "type": in.Type} {
		if value != "" {
			q.Only[by] = value
		}
	}
	return q, nil
}

// kpisOf puts figures under their measures, in the order of the table. A measure
// without a value stands there, too: nothing is not zero.
func kpisOf(figures []report.Figure) []KPI {
	byMeasure := map[string][]KPIGroup{}
	for _, f := range figures {
		byMeasure[f.Measure] = append(byMeasure[f.Measure], groupOf(f))
	}
	out := []KPI{}
	for _, m := range report.Measures() {
		k := KPI{Name: m.Name, Title: m.Title, Unit: "seconds", Means: m.Means, AWS: m.AWS, Groups: []KPIGroup{}}
		if m.Unit == report.UnitShare {
			k.Unit = "share"
		}
		k.Groups = append(k.Groups, byMeasure[m.Name]...)
		out = append(out, k)
	}
	return out
}

func groupOf(f report.Figure) KPIGroup {
	g := KPIGroup{Group: f.Group, Name: f.Group, N: f.Summary.N, Values: []float64{}}
	if f.Share.N > 0 {
		g.Hits, g.Rate, g.Low, g.High = f.Hits, &f.Rate, &f.Share.Low, &f.Upp
		return g
	}
	g.Median, g.P90, g.Mean = seconds(f.Median), seconds(f.P90), seconds(f.Mean)
	if f.Summary.Low >= 0 {
		g.Low, g.High = seconds(f.Summary.Low), seconds(f.Summary.High)
	}
	for _, v := range f.Values {
		g.Values = append(g.Values, *seconds(v))
	}
	return g
}

func seconds(micros int64) *float64 {
	v := float64(micros) / 1e6
	return &v
}

// nameGroups says the names of teams.
func nameGroups(tx *db.Tx, group string, kpis []KPI) error {
	if group != "team" {
		return nil
	}
	ids := map[string]bool{}
	for _, k := range kpis {
		for _, g := range k.Groups {
			ids[g.Group] = true
		}
	}
	for id := range ids {
		name, err := nameOf(tx, id)
		if err != nil {
			return err
		}
		for i := range kpis {
			for j := range kpis[i].Groups {
				if g := &kpis[i].Groups[j]; g.Group == id {
					g.Name = name
				}
			}
		}
	}
	return nil
}

// TicketTimes is what is measured of one ticket.
type TicketTimes struct {
	Number   string        `json:"number"`
	Visits   []TimedVisit  `json:"visits" nullable:"false" doc:"They tile the ticket's life; closed is one that durations leave out"`
	Measures []TicketValue `json:"measures" nullable:"false" doc:"Every measure that has a value for it"`
	Reopened int64         `json:"reopened"`
}

// TimedVisit is a stay in a phase.
type TimedVisit struct {
	Phase   string     `json:"phase"`
	Entered time.Time  `json:"entered_at"`
	Left    *time.Time `json:"left_at"`
	Seconds float64    `json:"seconds" doc:"Up to now while it lasts"`
}

// TicketValue is one value of a measure.
type TicketValue struct {
	Name  string    `json:"name"`
	Title string    `json:"title"`
	At    time.Time `json:"at" doc:"When it ended"`
	Value float64   `json:"value" doc:"Seconds, or 1 and 0 of a share"`
}

type ticketTimesOutput struct{ Body TicketTimes }

func (s *Server) ticketTimes(ctx context.Context, in *ByID) (*ticketTimesOutput, error) {
	out := TicketTimes{Visits: []TimedVisit{}, Measures: []TicketValue{}}
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		t, err := s.deps.Tickets.Get(tx, in.ID)
		if err != nil {
			return err
		}
		life, err := s.deps.Report.Times(tx, t.ID)
		if err != nil {
			return err
		}
		out = timesOf(&life, tx.Now())
		return nil
	})
	return &ticketTimesOutput{out}, err
}

func timesOf(l *report.Life, now int64) TicketTimes {
	out := TicketTimes{Number: ticket.Number(l.Number), Visits: []TimedVisit{}, Measures: []TicketValue{}, Reopened: l.Reopened}
	for _, v := range l.Visits {
		end := v.Left
		if end == 0 {
			end = max(now, v.Entered)
		}
		out.Visits = append(out.Visits, TimedVisit{v.Phase, db.Time(v.Entered), timeOrNil(v.Left), float64(end-v.Entered) / 1e6})
	}
	for _, m := range report.Measures() {
		for _, sample := range m.Of(l) {
			value := float64(sample.Value)
			if m.Unit == report.UnitTime {
				value /= 1e6
			}
			out.Measures = append(out.Measures, TicketValue{m.Name, m.Title, db.Time(sample.At), value})
		}
	}
	return out
}
