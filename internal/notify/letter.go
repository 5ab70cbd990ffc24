package notify

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tocsin/internal/connector"
	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
)

// lines is how many notices a message shows.
const lines = 100

// told is a notice as a message shows it.
type told struct {
	kind                                  Kind
	ticket, number, title, severity, text string
	dueAt, at                             int64
	acts                                  []Act
	resolve                               bool
}

func scanTold(s db.Scanner) (v told, err error) {
	var acts string
	err = s.Scan(&v.kind, &v.ticket, &v.number, &v.title, &v.severity, &v.text, &v.dueAt, &v.at, &acts, &v.resolve)
	v.acts = splitActs(acts)
	return v, err
}

// compose makes the letter of a message; false when there is nothing to tell any
// more.
func (n *Notify) compose(tx *db.Tx, m message) (l connector.Letter, send bool, err error) {
	rows, err := db.All(tx, scanTold, `SELECT kind, ticket, number, title, severity, text, due_at, at, acts, resolve FROM notice
		WHERE tenant = $1 AND message = $2 ORDER BY rank, due_at, id LIMIT $3`, tx.Tenant(), m.bundle, lines)
	if err != nil || len(rows) == 0 {
		return l, false, fault.Wrap(err, "reading what a message tells")
	}
	r, err := n.routeOf(tx, m)
	if err != nil {
		return l, false, err
	}
	if m.channel != "" && m.ticket != "" {
		if send, err = n.worthAnAlarm(tx, m, rows[0]); err != nil || !send {
			return l, false, err
		}
	}
	tickets := distinct(rows)
	l = connector.Letter{
		ID: m.id, To: r.address, Event: string(rows[0].kind), Severity: rows[0].severity, Resolve: rows[0].resolve, At: rows[0].at,
	}
	switch {
	case len(tickets) == 0:
		n.plain(&l, rows)
	case len(tickets) == 1 && m.count <= lines:
		err = n.aboutOne(tx, &l, m, rows)
	case len(tickets) <= apartTickets && m.count <= lines:
		err = n.aboutSome(tx, &l, m, rows)
	default:
		err = n.digest(tx, &l, m, rows)
	}
	return l, true, err
}

// routeOf finds the address that the message was given a way to. It may have
// been removed since: then the letter goes nowhere else, and the next way is
// tried.
func (n *Notify) routeOf(tx *db.Tx, m message) (route, error) {
	routes, err := n.routes(tx, m.person, m.channel)
	for _, r := range routes {
		if r.via == m.via && r.contact == m.contact {
			return r, err
		}
	}
	if err == nil {
		err = fault.New(fault.Conflict, "This way to reach them was removed or switched off meanwhile.").WithSlug("no-way")
	}
	return route{}, err
}

const (
	sqlRaised = `SELECT COALESCE(MAX(CASE WHEN g.state = 'sending' THEN 2 ELSE 1 END),0) FROM notice n JOIN message g ON g.tenant = n.tenant AND g.bundle = n.message
		WHERE n.tenant = $1 AND n.ticket = $2 AND n.ticket <> '' AND n.channel = $3 AND NOT n.resolve AND n.message <> '' AND g.attempts > 0 AND (g.state <> 'dropped' OR g.attempts > 1)`
	sqlEnded = `SELECT COUNT(*) FROM notice n WHERE n.tenant = $1 AND n.ticket = $2 AND n.ticket <> '' AND n.channel = $3 AND n.resolve
		AND n.at >= (SELECT MAX(at) FROM notice o WHERE o.tenant = $1 AND o.message = $4)`
)

// worthAnAlarm reports whether an alarm of a channel is to be raised or ended: one
// that has ended meanwhile is not raised, and one that was never raised is not
// ended. While it is being raised the end waits, so as not to overtake it.
func (n *Notify) worthAnAlarm(tx *db.Tx, m message, of told) (bool, error) {
	var found int64
	if !of.resolve {
		err := tx.QueryRow(sqlEnded, tx.Tenant(), m.ticket, m.channel, m.bundle).Scan(&found)
		return found == 0, fault.Wrap(err, "looking whether an alarm is over")
	}
	err := tx.QueryRow(sqlRaised, tx.Tenant(), m.ticket, m.channel).Scan(&found)
	if err == nil && found == 2 {
		err = fault.New(fault.Busy, "The alarm is being raised at this moment.")
	}
	return found > 0, err
}

func distinct(rows []told) []string {
	out, seen := []string{}, map[string]bool{}
	for _, v := range rows {
		if v.ticket != "" && !seen[v.ticket] {
			seen[v.ticket] = true
			out = append(out, v.ticket)
		}
	}
	return out
}

// plain is a letter about no ticket.
func (n *Notify) plain(l *connector.Letter, rows []told) {
	l.Subject = subject(rows[0])
	l.Link = n.address() + "/notices"
	l.Text = paragraphs(rows)
}

// aboutOne is a letter about one ticket, with what the reader can do from it.
func (n *Notify) aboutOne(tx *db.Tx, l *connector.Letter, m message, rows []told) error {
	first := rows[slices.IndexFunc(rows, func(v told) bool { return v.ticket != "" })]
	l.Subject, l.Text = first.number+" "+first.title, paragraphs(rows)
	if first.severity != "" {
		l.Subject = first.number + " " + first.severity + ": " + first.title
	}
	l.Thread, l.Key = first.ticket, "tocsin/"+tx.Tenant()+"/"+first.ticket
	l.Link = n.address() + "/tickets/" + first.number
	l.Facts = facts(rows, n.zone(tx, m.person))
	var err error
	if l.ParentID, err = n.parent(tx, m, first.ticket); err != nil {
		return err
	}
	token, acts, err := n.token(tx, m, rows, first.ticket)
	if err != nil || l.Resolve {
		return err
	}
	for _, a := range acts {
		b := connector.Button{Label: label(a), Act: string(a), Token: token}
		if m.person != "" { // who opens the page acts as that person
			b.URL = n.address() + "/m/" + token
		}
		l.Buttons = append(l.Buttons, b)
	}
	return nil
}

// token makes the link for what the reader may do with one ticket; there is
// none where nothing is to be done.
func (n *Notify) token(tx *db.Tx, m message, rows []told, ticket string) (token string, acts []Act, err error) {
	for _, v := range rows {
		if v.ticket == ticket {
			acts = append(acts, v.acts...)
		}
	}
	if acts = order(acts); len(acts) == 0 {
		return "", nil, nil
	}
	token, err = n.seal(tx, Linked{Tenant: tx.Tenant(), Person: m.person, Ticket: ticket, Acts: acts, Channel: m.viaKind})
	return token, acts, err
}

// parent is the first letter about a ticket to the same address.
func (n *Notify) parent(tx *db.Tx, m message, ticket string) (id string, err error) {
	err = tx.QueryRow(`SELECT receipt FROM message WHERE tenant = $1 AND via = $2 AND ticket = $3 AND place = $4 AND receipt <> '' ORDER BY id LIMIT 1`,
		tx.Tenant(), m.via, ticket, m.place).Scan(&id)
	if errors.Is(err, db.ErrNoRows) {
		err = nil
	}
	return id, fault.Wrap(err, "looking for the first letter of a thread")
}

// aboutSome is a letter about two or three tickets. To one person it has a link
// for each with which they act.
func (n *Notify) aboutSome(tx *db.Tx, l *connector.Letter, m message, rows []told) error {
	names := []string{}
	var text strings.Builder
	for _, id := range distinct(rows) {
		of := slices.DeleteFunc(slices.Clone(rows), func(v told) bool { return v.ticket != id })
		names = append(names, of[0].number)
		fmt.Fprintf(&text, "%s %s: %s\n%s\n%s\n", of[0].number, of[0].severity, of[0].title, paragraphs(of), n.address()+"/tickets/"+of[0].number)
		token, acts, err := n.token(tx, m, rows, id)
		if err != nil {
			return err
		}
		if len(acts) > 0 && m.person != "" {
			fmt.Fprintf(&text, "%s: %s\n", doing(acts), n.address()+"/m/"+token)
		}
		text.WriteString("\n")
	}
	l.Subject = fmt.Sprintf("%d tickets: %s", len(names), strings.Join(names, ", "))
	l.Text = strings.TrimSpace(text.String()) + other(rows)
	l.Link = n.address() + "/notices"
	l.Resolve = false
	return nil
}

func doing(acts []Act) string {
	words := make([]string, len(acts))
	for i, a := range acts {
		words[i] = label(a)
	}
	return strings.Join(words, ", ")
}

// digest is a letter about many: how many, and the gravest of them.
func (n *Notify) digest(tx *db.Tx, l *connector.Letter, m message, rows []told) error {
	var tickets int64
	err := tx.QueryRow(`SELECT COUNT(DISTINCT ticket) FROM notice WHERE tenant = $1 AND message = $2 AND ticket <> ''`, tx.Tenant(), m.bundle).Scan(&tickets)
	if err != nil {
		return fault.Wrap(err, "counting the tickets of a digest")
	}
	var text strings.Builder
	for _, v := range rows {
		fmt.Fprintf(&text, "%s\n", line(v))
	}
	if m.count > int64(len(rows)) {
		fmt.Fprintf(&text, "… and %d more, none graver than these.\n", m.count-int64(len(rows)))
	}
	l.Subject = fmt.Sprintf("%d tickets need attention", tickets)
	if l.Severity != "" {
		l.Subject += ", the gravest is " + l.Severity
	}
	l.Text, l.Link = strings.TrimSpace(text.String()), n.address()+"/notices"
	l.Key, l.Resolve = "tocsin/"+tx.Tenant()+"/digest/"+m.bundle, false
	return nil
}

func line(v told) string {
	out := strings.TrimSpace(v.number + " " + v.severity)
	if v.title != "" {
		out += ": " + v.title
	}
	return strings.TrimPrefix(out+" · "+firstLine(v.text), " · ")
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}

// paragraphs are the sentences of notices, each once.
func paragraphs(rows []told) string {
	out, seen := []string{}, map[string]bool{}
	for _, v := range rows {
		if !seen[v.text] {
			seen[v.text] = true
			out = append(out, v.text)
		}
	}
	return strings.Join(out, "\n\n")
}

// other are the sentences of notices about no ticket.
func other(rows []told) string {
	var rest []told
	for _, v := range rows {
		if v.ticket == "" {
			rest = append(rest, v)
		}
	}
	if len(rest) == 0 {
		return ""
	}
	return "\n\n" + paragraphs(rest)
}

func subject(v told) string {
	switch v.kind {
	case Shift:
		return "Your shift"
	case Gap:
		return "Nobody will be on duty"
	case Downtime:
		return "The system was down"
	case Alarm:
		return "Tocsin needs attention"
	case Trial:
		return "A test message"
	}
	return firstLine(v.text)
}

func facts(rows []told, zone *time.Location) []connector.Fact {
	out := []connector.Fact{}
	if s := rows[0].severity; s != "" {
		out = append(out, connector.Fact{Name: "Severity", Value: s})
	}
	due := int64(0)
	for _, v := range rows {
		if v.dueAt > 0 && (due == 0 || v.dueAt < due) {
			due = v.dueAt
		}
	}
	if due > 0 {
		out = append(out, connector.Fact{Name: "Due", Value: db.Time(due).In(zone).Format("Mon 2 Jan 2006 15:04 MST")})
	}
	return out
}

// zone is that of a person, or UTC.
func (n *Notify) zone(tx *db.Tx, person string) *time.Location {
	a, err := identity.AccountOf(tx, person)
	if err == nil && person != "" {
		if loc, err := time.LoadLocation(a.TimeZone); err == nil {
			return loc
		}
	}
	return time.UTC
}
