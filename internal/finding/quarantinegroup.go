package finding

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// QuarantineGroup is what was kept aside for one kind of reason, at one field,
// from one source.
type QuarantineGroup struct {
	ID            string    `json:"id"`
	Reason        string    `json:"reason" doc:"Without what differs from part to part: # for a number, “…” for a text"`
	Field         string    `json:"field"`
	Source        string    `json:"source"`
	Count         int64     `json:"count"`
	FirstAt       time.Time `json:"first_at"`
	LastAt        time.Time `json:"last_at"`
	ExampleID     string    `json:"example_id" doc:"The newest part"`
	ExampleReason string    `json:"example_reason"`
}

// commonReason is a reason without what differs from part to part: its place in
// the body, quoted text, numbers, object names, and the names that an unknown
// object has. What it made it leaves as it is.
func commonReason(reason string) string {
	s := withoutPlace(reason)
	if before, _, found := strings.Cut(s, ", but "); found {
		s = before + ", but …"
	}
	var b strings.Builder
	for s != "" {
		skip := 0
		switch {
		case s[0] == '"':
			b.WriteString("“…”")
			skip = 1 + quotedLength(s[1:])
		case strings.HasPrefix(s, "“"):
			b.WriteString("“…”")
			skip = len(s)
			if end := strings.Index(s, "”"); end > 0 {
				skip = end + len("”")
			}
		case strings.HasPrefix(s, "s3://"):
			b.WriteString("s3://…")
			skip = strings.IndexByte(s+" ", ' ')
		default:
			skip = common(&b, s)
		}
		s = s[skip:]
	}
	return b.String()
}

// commonField is a path without the places in lists.
func commonField(field string) string {
	var b strings.Builder
	for s := field; s != ""; {
		s = s[common(&b, s):]
	}
	return b.String()
}

// common writes the beginning of a text without its number, and tells how long
// that was.
func common(b *strings.Builder, s string) int {
	if n := numberLength(s[1:]); s[0] == '[' && n > 0 && strings.HasPrefix(s[1+n:], "]") {
		b.WriteString("[]")
		return n + 2
	}
	if n := numberLength(s); n > 0 {
		b.WriteByte('#')
		return n
	}
	b.WriteByte(s[0])
	return 1
}

// numberLength is how long the number is that a text begins with: "1,204.5" in
// "1,204.5, then".
func numberLength(s string) int {
	n := 0
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			n = i + 1
		} else if n == 0 || (s[i] != ',' && s[i] != '.') {
			break
		}
	}
	return n
}

// quotedLength is how much of a text belongs to a quotation that has begun.
func quotedLength(s string) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(s)
}

// withoutPlace takes off where in the body something stood: "[2]." or "line 3, ".
func withoutPlace(s string) string {
	for {
		rest := strings.TrimPrefix(strings.TrimPrefix(s, "["), "line ")
		n := numberLength(rest)
		if len(rest) == len(s) || n == 0 {
			return s
		}
		rest = rest[n:]
		for _, after := range []string{"].", "]: ", "]", ", ", ": "} {
			if cut, found := strings.CutPrefix(rest, after); found {
				rest = cut
				break
			}
		}
		s = rest
	}
}

// groupOf is short for what the parts of a group share. It is the same for a
// reason as it was given and for what commonReason made of it.
func groupOf(source, reason, field string) string {
	sum := sha256.Sum256([]byte(source + "\x00" + commonReason(reason) + "\x00" + commonField(field)))
	return hex.EncodeToString(sum[:8])
}

// QuarantineGroupOf names the group of a reason, a field and a source.
func QuarantineGroupOf(source, reason, field string) string { return groupOf(source, reason, field) }

// QuarantineGroups lists the groups of a state, the largest first, after (count,
// id). Parts that are older than groups are not in it before GroupQuarantine
// has seen them.
func (f *Findings) QuarantineGroups(tx *db.Tx, state string, count int64, id string, limit int) ([]QuarantineGroup, error) {
	groups, err := db.All(tx, func(s db.Scanner) (QuarantineGroup, error) {
		var g QuarantineGroup
		var first, last int64
		err := s.Scan(&g.ID, &g.Count, &first, &last)
		g.FirstAt, g.LastAt = db.Time(first), db.Time(last)
		return g, err
	}, `SELECT grp, COUNT(*), MIN(received_at), MAX(received_at) FROM quarantine WHERE tenant = $1 AND state = $2 AND grp <> ''
		GROUP BY grp HAVING COUNT(*) < $3 OR (COUNT(*) = $3 AND grp > $4) ORDER BY COUNT(*) DESC, grp LIMIT $5`,
		tx.Tenant(), state, count, id, limit)
	if err != nil {
		return nil, fault.Wrap(err, "counting the quarantine")
	}
	for i := range groups {
		list, err := f.QuarantineGroupPage(tx, state, groups[i].ID, 1<<62, "", 1)
		if err != nil {
			return nil, err
		}
		for _, newest := range list {
			groups[i].ExampleID, groups[i].ExampleReason, groups[i].Source = newest.ID, newest.Reason, newest.Source
			groups[i].Reason, groups[i].Field = commonReason(newest.Reason), commonField(newest.Field)
		}
	}
	return groups, nil
}

// QuarantineGroupPage lists the parts of a group, newest first, before (at, id).
func (f *Findings) QuarantineGroupPage(tx *db.Tx, state, group string, at int64, id string, limit int) ([]QuarantinedPart, error) {
	return db.All(tx, scanQuarantine, `SELECT `+quarantineColumns+` FROM quarantine
		WHERE tenant = $1 AND state = $2 AND grp = $3 AND (received_at, id) < ($4, $5)
		ORDER BY received_at DESC, id DESC LIMIT $6`, tx.Tenant(), state, group, at, id, limit)
}

// groupChunk is how many parts GroupQuarantine sees to in one transaction.
const groupChunk = 200

// GroupQuarantine puts what is older than groups into them, for every tenant.
func (f *Findings) GroupQuarantine(ctx context.Context) error {
	for _, state := range []string{"new", "retried", "dismissed"} {
		for more := true; more && ctx.Err() == nil; {
			err := f.db.Write(ctx, func(tx *db.Tx) (err error) {
				more, err = groupSome(tx, state)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func groupSome(tx *db.Tx, state string) (more bool, err error) {
	type part struct{ tenant, id, source, reason, field string }
	parts, err := db.All(tx, func(s db.Scanner) (p part, err error) {
		return p, s.Scan(&p.tenant, &p.id, &p.source, &p.reason, &p.field)
	}, `SELECT tenant, id, source, reason, field FROM quarantine WHERE state = $1 AND grp = '' LIMIT $2`, state, groupChunk)
	if err != nil {
		return false, fault.Wrap(err, "looking for what stands in no group")
	}
	for _, p := range parts {
		err := tx.Must(`UPDATE quarantine SET grp = $1 WHERE tenant = $2 AND id = $3`, groupOf(p.source, p.reason, p.field), p.tenant, p.id)
		if err != nil {
			return false, err
		}
	}
	return len(parts) == groupChunk, nil
}
