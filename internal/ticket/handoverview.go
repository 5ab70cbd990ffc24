package ticket

import (
	"encoding/hex"
	"slices"
	"strconv"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/finding"
)

func place(n int) string { return strconv.Itoa(n) }

// HandoverView is an offer as people see it.
type HandoverView struct {
	ID            string               `json:"id"`
	Number        string               `json:"number"`
	Ticket        string               `json:"ticket"`
	TicketNumber  string               `json:"ticket_number"`
	TicketTitle   string               `json:"ticket_title"`
	Severity      finding.Severity     `json:"severity" enum:"critical,high,medium,low,info"`
	From          string               `json:"from" doc:"Who was responsible when it was made; empty when nobody owned the ticket"`
	FromName      string               `json:"from_name"`
	ToUser        *string              `json:"to_user"`
	ToUserName    string               `json:"to_user_name"`
	ToTeam        *string              `json:"to_team"`
	ToTeamName    string               `json:"to_team_name"`
	Auto          string               `json:"auto" enum:",shift,orphan,ladder,rule" doc:"Why it was made by itself; empty when a person made it"`
	State         HandoverState        `json:"state" enum:"offered,accepted,declined,expired,withdrawn,superseded"`
	NextStep      string               `json:"next_step"`
	Risks         string               `json:"risks"`
	MadeAt        time.Time            `json:"made_at"`
	MadeByName    string               `json:"made_by_name"`
	ExpiresAt     time.Time            `json:"expires_at"`
	DecidedAt     *time.Time           `json:"decided_at"`
	DecidedBy     string               `json:"decided_by"`
	DecidedByName string               `json:"decided_by_name"`
	Category      string               `json:"category"`
	Reason        string               `json:"reason"`
	Checklist     []CheckItem          `json:"checklist" nullable:"false" doc:"The sections that must be opened before it can be accepted"`
	Briefing      *BriefingView        `json:"briefing" doc:"Null in lists"`
	Delta         *Delta               `json:"delta" doc:"What has changed since it was made; null in lists and once it is decided"`
	Permissions   *HandoverPermissions `json:"permissions"`
}

// CheckItem is one section to read.
type CheckItem struct {
	ID       string     `json:"id"`
	Title    string     `json:"title"`
	Hash     string     `json:"hash"`
	Empty    bool       `json:"empty"`
	OpenedAt *time.Time `json:"opened_at" doc:"When the reader opened it"`
}

// BriefingView is a briefing with its hash.
type BriefingView struct {
	Hash     string    `json:"hash" doc:"SHA-256, hex; the journal entry of the offer holds the same"`
	MadeAt   time.Time `json:"made_at"`
	Sections []Section `json:"sections" nullable:"false"`
}

// HandoverPermissions say what the reader may do now.
type HandoverPermissions struct {
	Accept   bool `json:"accept"`
	Decline  bool `json:"decline"`
	Withdraw bool `json:"withdraw"`
}

// ViewHandover shows an offer whole to a reader.
func (ts *Tickets) ViewHandover(tx *db.Tx, h *Handover, r Reader) (HandoverView, error) {
	list, err := ts.ViewHandovers(tx, []Handover{*h}, r)
	if err != nil {
		return HandoverView{}, err
	}
	v := list[0]
	v.Briefing = &BriefingView{hex.EncodeToString(h.Hash), h.Briefing.MadeAt, h.Briefing.Sections}
	read, err := openedBy(tx, h.ID, r.ID)
	if err != nil {
		return v, err
	}
	for _, s := range h.Briefing.Sections {
		item := CheckItem{ID: s.ID, Title: s.Title, Hash: s.Hash, Empty: s.EmptyBecause != ""}
		if i := slices.IndexFunc(read, func(o opened) bool { return o.section == s.ID }); i >= 0 {
			item.OpenedAt = new(db.Time(read[i].at))
		}
		v.Checklist = append(v.Checklist, item)
	}
	if h.State != Offered {
		return v, nil
	}
	delta, err := ts.Delta(tx, h)
	v.Delta = &delta
	return v, err
}

// ViewHandovers shows offers in a list.
func (ts *Tickets) ViewHandovers(tx *db.Tx, list []Handover, r Reader) ([]HandoverView, error) {
	ids := []string{}
	for i := range list {
		h := &list[i]
		ids = append(ids, h.From, h.ToUser, h.ToTeam, h.DecidedBy, db.Actor(h.MadeBy).Person())
	}
	slices.Sort(ids)
	names, err := ts.people.Names(tx, slices.DeleteFunc(slices.Compact(ids), func(s string) bool { return s == "" }))
	if err != nil {
		return nil, err
	}
	out := make([]HandoverView, len(list))
	for i := range list {
		t, err := ts.Get(tx, list[i].Ticket)
		if err != nil {
			return nil, err
		}
		out[i] = list[i].view(t, names)
		if out[i].Permissions, err = ts.handoverPermissions(tx, &list[i], t, r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (h *Handover) view(t *Ticket, names map[string]string) HandoverView {
	return HandoverView{
		ID: h.ID, Number: h.label(), Ticket: h.Ticket, TicketNumber: Number(t.Number), TicketTitle: t.Title, Severity: t.Severity,
		From: h.From, FromName: names[h.From], ToUser: orNil(h.ToUser), ToUserName: names[h.ToUser], ToTeam: orNil(h.ToTeam), ToTeamName: names[h.ToTeam],
		Auto: h.Auto, State: h.State, NextStep: h.NextStep, Risks: h.Risks, MadeAt: db.Time(h.MadeAt), MadeByName: names[db.Actor(h.MadeBy).Person()],
		ExpiresAt: db.Time(h.ExpiresAt), DecidedAt: db.TimeOrNil(h.DecidedAt), DecidedBy: h.DecidedBy, DecidedByName: names[h.DecidedBy],
		Category: h.Category, Reason: h.Reason, Checklist: []CheckItem{},
	}
}

func (ts *Tickets) handoverPermissions(tx *db.Tx, h *Handover, t *Ticket, r Reader) (*HandoverPermissions, error) {
	p := &HandoverPermissions{}
	if h.State != Offered {
		return p, nil
	}
	mine, err := ts.mayAccept(tx, h, r.ID)
	if err != nil {
		return nil, err
	}
	p.Accept = mine && h.From != r.ID
	p.Decline = ts.mayDecline(tx, h, r.Worker) == nil
	p.Withdraw = h.From == r.ID || t.Owner == r.ID || h.MadeBy == string(db.Person(r.ID)) || r.Leads
	return p, nil
}
