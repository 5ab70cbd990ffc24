package notify

import (
	"context"
	"strconv"
	"strings"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

const (
	planned    = 1000 // notices put into messages in one transaction
	burst      = time.Second
	batchWait  = 2 * time.Minute
	maxApart   = 3 // tickets that a channel hears of one by one at the same time
	inOneNames = 100
)

// Why an open message waits.
const (
	holdBurst    = "burst"
	holdCollapse = "collapse"
	holdQuiet    = "quiet"
	holdSnooze   = "snooze:"
	holdBatch    = "batch:"
	holdTicket   = "ticket:"  // of a channel: one ticket
	holdResolve  = "resolve:" // of a channel: the end of an alarm
	holdAgain    = "again:"   // no way has worked; it is tried again
)

// waiting is a notice that is in no message yet.
type waiting struct {
	id, person, channel string
	kind                Kind
	ticket              string
	rank, level         int64
	urgent, onDuty      bool
	resolve             bool
	batch               string
	at                  int64
}

const waitingColumns = `id, person, channel, kind, ticket, rank, level, urgent, on_duty, resolve, batch, at`

func scanWaiting(s db.Scanner) (w waiting, err error) {
	return w, s.Scan(&w.id, &w.person, &w.channel, &w.kind, &w.ticket, &w.rank, &w.level, &w.urgent, &w.onDuty, &w.resolve, &w.batch, &w.at)
}

// slot is where a notice goes: an open message of one recipient.
type slot struct{ person, channel, hold string }

// share is what goes into one slot.
type share struct {
	ids    []string
	first  waiting // whose ticket and kind the message shows
	rank   int64
	urgent bool
	mixed  bool  // of several tickets
	until  int64 // when the message closes, if it is new
}

// planSome puts notices that wait into open messages, those of no batch first.
// Nodes share the work: each takes notices that no other has in hand. It returns
// how many there were.
func (n *Notify) planSome(ctx context.Context) (done int, err error) {
	err = n.db.Write(ctx, func(tx *db.Tx) error {
		rows, err := db.All(tx, scanWaiting, `SELECT `+waitingColumns+` FROM notice WHERE tenant = $1 AND message IS NULL ORDER BY batch, id LIMIT $2`+tx.LockRows(),
			tx.Tenant(), planned)
		if err != nil {
			return err
		}
		done = len(rows)
		p := plan{n: n, tx: tx, people: map[string]*listener{}, shares: map[slot]*share{}}
		for i := range rows {
			if err := p.place(&rows[i]); err != nil {
				return err
			}
		}
		return p.write()
	})
	return done, fault.Wrap(err, "gathering notices into messages")
}

// plan is one round of placing notices.
type plan struct {
	n      *Notify
	tx     *db.Tx
	people map[string]*listener
	shares map[slot]*share
	order  []slot
}

// listener is what is known of a person whom notices are for.
type listener struct {
	settings  Settings
	quietTill int64 // 0: not quiet
	snoozes   map[string]snoozed
	last      int64 // when the last message was made
}

func (p *plan) place(w *waiting) error {
	s := slot{w.person, w.channel, holdBurst}
	until := w.at + burst.Microseconds()
	switch {
	case w.resolve:
		s.hold, until = holdResolve+w.ticket, w.at
	case w.batch != "":
		s.hold, until = holdBatch+w.batch, p.tx.Now()+batchWait.Microseconds()
	case w.channel != "" && w.ticket != "":
		hold, err := p.apart(w)
		if err != nil {
			return err
		}
		s.hold = hold
	}
	if w.person != "" {
		hold, end, err := p.spared(w, s.hold, until)
		if err != nil {
			return err
		}
		s.hold, until = hold, end
	}
	p.put(s, w, until)
	return nil
}

func (p *plan) put(s slot, w *waiting, until int64) {
	sh := p.shares[s]
	if sh == nil {
		sh = &share{first: *w, rank: w.rank, until: until}
		p.shares[s] = sh
		p.order = append(p.order, s)
	}
	if w.rank < sh.rank {
		sh.rank, sh.first.kind = w.rank, w.kind
	}
	sh.mixed = sh.mixed || w.ticket != sh.first.ticket
	sh.urgent = sh.urgent || w.urgent
	sh.until = min(sh.until, until)
	sh.ids = append(sh.ids, w.id)
}

// apart gives each ticket a message of its own in a channel, so that an alarm
// service can tell the alarms apart; more at the same time become one digest.
func (p *plan) apart(w *waiting) (string, error) {
	hold, open := holdTicket+w.ticket, map[string]bool{}
	found, err := db.Strings(p.tx, `SELECT hold FROM message WHERE tenant = $1 AND person = '' AND channel = $2 AND state = 'open' LIMIT 20`, p.tx.Tenant(), w.channel)
	if err != nil {
		return "", err
	}
	for _, h := range found {
		open[h] = true
	}
	for s := range p.shares {
		if s.channel == w.channel {
			open[s.hold] = true
		}
	}
	apart := 0
	for h := range open {
		if strings.HasPrefix(h, holdTicket) {
			apart++
		}
	}
	if open[hold] || apart < maxApart {
		return hold, nil
	}
	return holdBurst, nil
}

// spared says whether a person wants to hear of it now.
func (p *plan) spared(w *waiting, hold string, until int64) (string, int64, error) {
	l, err := p.listener(w.person)
	if err != nil {
		return "", 0, err
	}
	if s, ok := l.snoozes[w.ticket]; ok && w.ticket != "" && !w.urgent {
		if !s.ended(w) {
			return holdSnooze + w.ticket, s.until, nil
		}
		if err := p.n.wake(p.tx, w.ticket); err != nil {
			return "", 0, err
		}
		delete(l.snoozes, w.ticket)
	}
	switch {
	case l.quietTill > 0 && holds(w):
		return holdQuiet, l.quietTill, nil
	case w.urgent || w.kind == Trial || hold != holdBurst:
		return hold, until, nil
	}
	if next := l.last + l.settings.DigestMinutes*time.Minute.Microseconds(); l.last > 0 && next > until {
		return holdCollapse, next, nil
	}
	return hold, until, nil
}

func (p *plan) listener(person string) (*listener, error) {
	if l := p.people[person]; l != nil {
		return l, nil
	}
	l := &listener{}
	var err error
	if l.settings, err = p.n.SettingsOf(p.tx, person, "UTC"); err != nil {
		return nil, err
	}
	if end, quiet := l.settings.Quiet.until(db.Time(p.tx.Now())); quiet {
		l.quietTill = end.UnixMicro()
	}
	if l.snoozes, err = snoozesOf(p.tx, person); err != nil {
		return nil, err
	}
	// Ids begin with their time, so this is the newest of the last hour.
	err = p.tx.QueryRow(`SELECT COALESCE(MAX(at),0) FROM message WHERE tenant = $1 AND person = $2 AND person <> '' AND state <> 'open' AND kind <> $3 AND round = 0
		AND id > $4`, p.tx.Tenant(), person, string(Trial), idAt(p.tx.Now()-time.Hour.Microseconds())).Scan(&l.last)
	p.people[person] = l
	return l, err
}

// idAt is not after any id that is made at an instant or later.
func idAt(micros int64) string {
	hex := strconv.FormatInt(max(micros, 0)/1000, 16)
	hex = strings.Repeat("0", max(12-len(hex), 0)) + hex
	return hex[:8] + "-" + hex[8:12]
}

// write puts every share into its open message, which it opens where there is
// none. The row stays locked until the commit, so that nobody closes it
// meanwhile.
func (p *plan) write() error {
	for _, s := range p.order {
		sh := p.shares[s]
		id, err := p.join(s, sh)
		if err != nil {
			return err
		}
		for ids := sh.ids; len(ids) > 0; {
			chunk := ids[:min(len(ids), inOneNames)]
			ids = ids[len(chunk):]
			if err := assign(p.tx, id, chunk); err != nil {
				return err
			}
		}
	}
	return nil
}

const sqlJoin = `INSERT INTO message(tenant, id, bundle, person, channel, hold, state, kind, rank, urgent, count, ticket, via, via_kind, contact, round, attempts, fence, at, since, next_at, receipt, place, detail, error)
	VALUES ($1,$2,$2,$3,$4,$5,'open',$6,$7,$8,$9,$10,'','','',0,0,0,$11,$11,$12,'','','','')
	ON CONFLICT (tenant, person, channel, hold) WHERE state = 'open' DO UPDATE SET
		kind = CASE WHEN $7 < message.rank THEN $6 ELSE message.kind END, rank = CASE WHEN $7 < message.rank THEN $7 ELSE message.rank END,
		urgent = (message.urgent OR $8), count = message.count + $9, ticket = CASE WHEN message.ticket = $10 THEN message.ticket ELSE '' END,
		next_at = CASE WHEN $12 < message.next_at THEN $12 ELSE message.next_at END
	RETURNING id`

func (p *plan) join(s slot, sh *share) (id string, err error) {
	ticket := sh.first.ticket
	if sh.mixed {
		ticket = ""
	}
	err = p.tx.QueryRow(sqlJoin, p.tx.Tenant(), p.tx.NewID(), s.person, s.channel, s.hold, string(sh.first.kind), sh.rank, sh.urgent, int64(len(sh.ids)), ticket,
		p.tx.Now(), sh.until).Scan(&id)
	return id, err
}

func assign(tx *db.Tx, message string, ids []string) error {
	args := []any{message, tx.Tenant()}
	var in strings.Builder
	for i, id := range ids {
		if i > 0 {
			in.WriteByte(',')
		}
		args = append(args, id)
		in.WriteString("$" + strconv.Itoa(len(args)))
	}
	got, err := tx.Exec(`UPDATE notice SET message = $1 WHERE tenant = $2 AND id IN (`+in.String()+`)`, args...)
	if err == nil && got != int64(len(ids)) {
		err = db.Again(fault.New(fault.Conflict, "A notice was gathered by another node."))
	}
	return err
}
