package ticket

import (
	"slices"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
)

// Brief is a ticket in a list.
type Brief struct {
	ID              string           `json:"id"`
	Number          string           `json:"number"`
	Title           string           `json:"title"`
	Type            string           `json:"type"`
	Source          string           `json:"source"`
	Severity        finding.Severity `json:"severity" enum:"critical,high,medium,low,info"`
	Phase           Phase            `json:"phase" enum:"detect,analysis,containment,eradication,recovery,post_incident,closed"`
	Resolution      Resolution       `json:"resolution"`
	Owner           *string          `json:"owner" doc:"Id of the owner; null while nobody has taken the ticket"`
	OwnerName       string           `json:"owner_name"`
	Accountable     string           `json:"accountable" doc:"Id of the person who answers for the ticket now; never null"`
	AccountableName string           `json:"accountable_name"`
	Team            string           `json:"team"`
	TeamName        string           `json:"team_name"`
	OfferedTo       *string          `json:"offered_to"`
	Account         string           `json:"account"`
	Region          string           `json:"region"`
	Resource        string           `json:"resource"`
	Tags            []string         `json:"tags"`
	OpenedAt        time.Time        `json:"opened_at"`
	UpdatedAt       time.Time        `json:"updated_at"`
	AcknowledgedAt  *time.Time       `json:"acknowledged_at"`
	AcknowledgedBy  string           `json:"acknowledged_by"`
	OwnedAt         *time.Time       `json:"owned_at"`
	ClosedAt        *time.Time       `json:"closed_at"`
	DueAt           *time.Time       `json:"due_at"`
	DueMetric       string           `json:"due_metric" doc:"What due_at is about: ack, contain, resolve, phase, handover, age"`
	PausedUntil     *time.Time       `json:"paused_until" doc:"Its clocks wait until then; null while they run"`
	Breached        []string         `json:"breached" nullable:"false" doc:"Metrics whose time has passed"`
	FindingCount    int64            `json:"finding_count"`
	Demo            bool             `json:"demo"`
	Rev             int64            `json:"rev"`
}

// View is a ticket whole.
type View struct {
	Brief
	Description   string         `json:"description"`
	Timers        []Timer        `json:"timers"`
	PhaseVisits   []Visit        `json:"phase_visits"`
	Assets        []Asset        `json:"assets"`
	Indicators    []Indicator    `json:"indicators"`
	Techniques    []string       `json:"techniques"`
	Facts         []Fact         `json:"facts" doc:"What the findings say for free: remote parties, principals, actions, controls"`
	FactsOf       int            `json:"facts_of" doc:"Of how many findings assets, indicators, techniques and facts are read; the rest is in the list of findings"`
	Links         []Link         `json:"links"`
	MergedInto    *MergedTicket  `json:"merged_into,omitempty" doc:"The ticket that shows this one; absent while it stands by itself"`
	Merged        []MergedTicket `json:"merged" doc:"Tickets merged into this one, and into those in turn"`
	AllowedPhases []Phase        `json:"allowed_phases"`
	Permissions   Permissions    `json:"permissions"`
	Handover      *OpenOffer     `json:"handover" doc:"The open offer; null where there is none"`
	Orphaned      bool           `json:"orphaned" doc:"The owner has left and nobody has accepted it yet; the accountable person answers for it"`
	ExitChecks    []ExitCheck    `json:"exit_checks" nullable:"false" doc:"What ought to hold before the ticket leaves its phase forward"`
	OpenTasks     int            `json:"open_tasks"`
	Asked         bool           `json:"asked" doc:"The clocks or a ladder ask whether somebody is still on it, and nobody has answered: acknowledging again does"`
}

// OpenOffer is the open offer of a ticket, in short.
type OpenOffer struct {
	ID        string    `json:"id"`
	Number    string    `json:"number"`
	ToUser    *string   `json:"to_user"`
	ToTeam    *string   `json:"to_team"`
	ToName    string    `json:"to_name"`
	MadeAt    time.Time `json:"made_at"`
	ExpiresAt time.Time `json:"expires_at"`
	Mine      bool      `json:"mine" doc:"The reader may accept it"`
}

// Timer is a clock of an SLA.
type Timer struct {
	Metric        string     `json:"metric"`
	Target        string     `json:"target"`
	StartedAt     time.Time  `json:"started_at"`
	DueAt         *time.Time `json:"due_at"`
	State         string     `json:"state" enum:"running,paused,met,breached"`
	PausedSeconds int64      `json:"paused_seconds"`
	PolicyVersion int64      `json:"policy_version"`
	Phase         string     `json:"phase" doc:"For the metric phase"`
	Cycle         int64      `json:"cycle" doc:"Counts on when a ticket is opened again"`
	// Remaining is what is left of the target, as the calendar counts; negative
	// once it has passed.
	Remaining          int64      `json:"remaining_seconds"`
	BreachedAt         *time.Time `json:"breached_at"`
	BreachedOnRetarget bool       `json:"breached_on_retarget" doc:"The time had passed already when the severity changed"`
	Warnings           []Warning  `json:"warnings" nullable:"false"`
}

// Warning is when part of a target has passed.
type Warning struct {
	Percent int       `json:"percent"`
	At      time.Time `json:"at"`
}

// Visit is one stay in a phase.
type Visit struct {
	Phase     Phase      `json:"phase"`
	Seq       int64      `json:"seq"`
	EnteredAt time.Time  `json:"entered_at"`
	LeftAt    *time.Time `json:"left_at"`
	By        string     `json:"by"`
	Reason    string     `json:"reason"`
	Skipped   bool       `json:"skipped"`
}

// Asset is something of ours that the ticket is about.
type Asset struct {
	ID          string            `json:"id"`
	Kind        string            `json:"kind"`
	Key         string            `json:"key"`
	Name        string            `json:"name"`
	Account     string            `json:"account"`
	Region      string            `json:"region"`
	Owner       string            `json:"owner"`
	Criticality string            `json:"criticality"`
	Tags        map[string]string `json:"tags"`
}

// Indicator is something of theirs, with where else it was seen.
type Indicator struct {
	Type      string     `json:"type"`
	Value     string     `json:"value"`
	Role      string     `json:"role"`
	Verdict   string     `json:"verdict" enum:"malicious,suspicious,benign,unknown"`
	SeenIn    int        `json:"seen_in" doc:"Other tickets with the same indicator, at most 100"`
	FirstSeen *time.Time `json:"first_seen"`
}

// Fact is one thing that a finding says.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Link is a tie to another ticket.
type Link struct {
	Kind   string `json:"kind"`
	Ticket string `json:"ticket"`
	Number string `json:"number"`
}

// Permissions say what the reader may do with the ticket now.
type Permissions struct {
	Ack     bool `json:"ack"`
	Take    bool `json:"take"`
	Phase   bool `json:"phase"`
	Close   bool `json:"close"`
	Reopen  bool `json:"reopen"`
	Edit    bool `json:"edit"`
	Merge   bool `json:"merge" doc:"Merge it with another; that one must allow it too. A lead needs a reason for what belongs to another"`
	Unmerge bool `json:"unmerge"`
	Split   bool `json:"split"`
	Offer   bool `json:"offer"`
	Return  bool `json:"return" doc:"Back to the intake of the team: only its lead"`
	Pause   bool `json:"pause"`
	Resume  bool `json:"resume"`
	// BreakGlass needs a fresh proof beside the permission.
	BreakGlass bool `json:"break_glass"`
	Tasks      bool `json:"tasks"`
}

// Reader is who looks at a ticket.
type Reader struct {
	Worker
	Works  bool // holds ticket.work
	Breaks bool // holds ticket.break_glass
}

// shownFindings bounds how many findings a page of a ticket reads whole, of how
// many tickets that are shown as one.
const (
	shownFindings = 20
	shownTickets  = 50
)

// View reads a ticket whole for a reader.
func (ts *Tickets) View(tx *db.Tx, ref string, r Reader) (View, error) {
	t, err := ts.Get(tx, ref)
	if err != nil {
		return View{}, err
	}
	v := View{Description: t.Description, Timers: []Timer{}, AllowedPhases: []Phase{}, Permissions: permissions(t, r), Orphaned: t.orphaned()}
	briefs, err := ts.briefs(tx, []Ticket{*t})
	if err != nil {
		return v, err
	}
	v.Brief = briefs[0]
	if r.Works {
		v.AllowedPhases = allowed(t, r.Worker)
	}
	if v.PhaseVisits, err = visits(tx, t.ID); err != nil {
		return v, err
	}
	if v.Links, err = links(tx, t.ID); err != nil {
		return v, err
	}
	if err := ts.responsibility(tx, t, &v, r); err != nil {
		return v, err
	}
	return v, ts.gather(tx, t, &v, r)
}

// gather adds what the findings of a ticket say, those of the tickets merged
// into it included.
func (ts *Tickets) gather(tx *db.Tx, t *Ticket, v *View, r Reader) (err error) {
	if v.Merged, err = ts.mergedHere(tx, t.ID); err != nil {
		return err
	}
	if v.MergedInto, err = ts.showing(tx, t); err != nil {
		return err
	}
	if err := ts.nameMerged(tx, v); err != nil {
		return err
	}
	v.Permissions.Unmerge = v.MergedInto != nil && r.Works && mayUndo(t, v.MergedInto, r.Worker)
	ids := tree(t.ID, v.Merged)
	found, err := ts.someOf(tx, ids)
	if err != nil {
		return err
	}
	v.FactsOf = len(found)
	v.Assets, v.Facts, v.Techniques = assets(found), facts(found), techniques(found)
	v.Indicators, err = ts.indicators(tx, ids, found)
	return err
}

// someOf loads findings whole for a page: some of every ticket of a tree, so
// that nothing merged is hidden behind what is many.
func (ts *Tickets) someOf(tx *db.Tx, ids []string) ([]*finding.Finding, error) {
	ids = ids[:min(len(ids), shownTickets)]
	share := max(1, shownFindings/len(ids))
	most := shownFindings - share*(len(ids)-1)
	var out []*finding.Finding
	for _, id := range ids {
		found, err := ts.findings.OfTicket(tx, id, max(share, most))
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
		most = 0 // the first has what the shares leave
	}
	return out, nil
}

// nameMerged adds the names of owners.
func (ts *Tickets) nameMerged(tx *db.Tx, v *View) error {
	all := []*MergedTicket{}
	for i := range v.Merged {
		all = append(all, &v.Merged[i])
	}
	if v.MergedInto != nil {
		all = append(all, v.MergedInto)
	}
	ids := []string{}
	for _, m := range all {
		if m.Owner != nil && !slices.Contains(ids, *m.Owner) {
			ids = append(ids, *m.Owner)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	names, err := ts.people.Names(tx, ids)
	for _, m := range all {
		if m.Owner != nil {
			m.OwnerName = names[*m.Owner]
		}
	}
	return fault.Wrap(err, "naming owners")
}

func mayUndo(t *Ticket, root *MergedTicket, w Worker) bool {
	shown := Ticket{}
	if root.Owner != nil {
		shown.Owner = *root.Owner
	}
	return mayUnmerge(t, &shown, "a reason", w) == nil
}

func permissions(t *Ticket, r Reader) Permissions {
	mine := r.Works && mayWork(t, r.Worker) == nil
	return Permissions{
		Ack:    r.Works && t.Open() && t.AcknowledgedAt == nil,
		Take:   r.Works && t.Open() && t.Owner == "",
		Phase:  mine && t.Open(),
		Close:  mine && t.Open(),
		Reopen: r.Works && !t.Open() && t.Resolution != Merged,
		Edit:   r.Works,
		Merge:  (r.Works || r.Leads) && t.Resolution != Merged && mayMergeOwned(t, "a reason", r.Worker) == nil,
		Offer:  r.Works && t.Open() && (t.Owner == r.ID || r.Leads),
		Pause:  mine && t.Open() && t.PausedUntil == nil,
		Resume: mine && t.Open() && t.PausedUntil != nil,
		Tasks:  r.Works && t.Open(),

		BreakGlass: r.Breaks && t.Open() && t.Owner != r.ID,
		Split:      (r.Works || r.Leads) && t.Open() && t.FindingCount > 1 && mayMergeOwned(t, "a reason", r.Worker) == nil,
	}
}

// briefs adds the names of people and teams to rows.
func (ts *Tickets) briefs(tx *db.Tx, rows []Ticket) ([]Brief, error) {
	ids := []string{}
	for i := range rows {
		ids = append(ids, rows[i].Owner, rows[i].Accountable, rows[i].Team, rows[i].AcknowledgedBy)
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	names, err := ts.people.Names(tx, slices.DeleteFunc(ids, func(s string) bool { return s == "" }))
	if err != nil {
		return nil, fault.Wrap(err, "naming people")
	}
	out := make([]Brief, len(rows))
	for i := range rows {
		out[i] = brief(&rows[i], names)
	}
	return out, nil
}

func brief(t *Ticket, names map[string]string) Brief {
	return Brief{
		ID: t.ID, Number: Number(t.Number), Title: t.Title, Type: t.Type, Source: t.Source, Severity: t.Severity,
		Phase: t.Phase, Resolution: t.Resolution, Owner: orNil(t.Owner), OwnerName: names[t.Owner],
		Accountable: t.Accountable, AccountableName: names[t.Accountable], Team: t.Team, TeamName: names[t.Team],
		OfferedTo: orNil(t.OfferedTo), Account: t.Account, Region: t.Region, Resource: t.Resource, Tags: t.Tags,
		OpenedAt: db.Time(t.OpenedAt), UpdatedAt: db.Time(t.UpdatedAt), AcknowledgedAt: db.TimeOrNil(t.AcknowledgedAt),
		AcknowledgedBy: t.AcknowledgedBy, OwnedAt: db.TimeOrNil(t.OwnedAt), ClosedAt: db.TimeOrNil(t.ClosedAt),
		DueAt: db.TimeOrNil(t.DueAt), DueMetric: t.DueMetric, PausedUntil: db.TimeOrNil(t.PausedUntil), Breached: t.Breached, FindingCount: t.FindingCount, Demo: t.Demo, Rev: t.Rev,
	}
}

func orNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func visits(tx *db.Tx, ticket string) ([]Visit, error) {
	return db.All(tx, func(s db.Scanner) (Visit, error) {
		var v Visit
		var entered int64
		var left *int64
		err := s.Scan(&v.Phase, &v.Seq, &entered, &left, &v.By, &v.Reason, &v.Skipped)
		v.EnteredAt, v.LeftAt = db.Time(entered), db.TimeOrNil(left)
		return v, err
	}, `SELECT phase, seq, entered_at, left_at, by_actor, reason, skipped FROM phase_visit
		WHERE tenant = $1 AND ticket = $2 ORDER BY seq`, tx.Tenant(), ticket)
}

func links(tx *db.Tx, ticket string) ([]Link, error) {
	return db.All(tx, func(s db.Scanner) (Link, error) {
		var l Link
		var n int64
		err := s.Scan(&l.Kind, &l.Ticket, &n)
		l.Number = Number(n)
		return l, err
	}, `SELECT l.kind, t.id, t.number FROM ticket_link l JOIN ticket t ON t.tenant = l.tenant AND t.id = l.to_ticket
		WHERE l.tenant = $1 AND l.from_ticket = $2
		UNION ALL SELECT CASE l.kind WHEN 'recurrence_of' THEN 'recurred_as' WHEN 'split_from' THEN 'split_into' WHEN 'merged_into' THEN 'merged_here' ELSE l.kind END, t.id, t.number
		FROM ticket_link l JOIN ticket t ON t.tenant = l.tenant AND t.id = l.from_ticket
		WHERE l.tenant = $1 AND l.to_ticket = $2 ORDER BY 3`, tx.Tenant(), ticket)
}

// Findings is one page of the findings of a ticket and of those merged into
// it: its own first, then theirs in the order of their numbers, each oldest
// first.
func (ts *Tickets) Findings(tx *db.Tx, ref string, after FindingPlace, limit int) ([]finding.Summary, error) {
	t, err := ts.Get(tx, ref)
	if err != nil {
		return nil, err
	}
	merged, err := ts.mergedHere(tx, t.ID)
	if err != nil {
		return nil, err
	}
	ids := tree(t.ID, merged)
	if n := slices.Index(ids, after.Ticket); n >= 0 {
		ids = ids[n:]
	} else {
		after = FindingPlace{} // the page's end has been unmerged since: begin again rather than leave out
	}
	out := []finding.Summary{}
	for _, id := range ids {
		from := finding.Place{}
		if id == after.Ticket {
			from = after.Place
		}
		page, err := ts.findings.PageOfTicket(tx, id, from, limit-len(out))
		if err != nil {
			return nil, err
		}
		if out = append(out, page...); len(out) >= limit {
			break
		}
	}
	return out, nil
}

// FindingPlace is where a page of a ticket's findings goes on.
type FindingPlace struct {
	Ticket string // id of the ticket that the last one belongs to
	finding.Place
}
