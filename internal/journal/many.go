package journal

import (
	"strconv"
	"strings"

	"tocsin/internal/fault"
)

// Line is an entry of a stream that is known from where it is put.
type Line struct {
	Kind string
	Data any
}

// linesAtOnce bounds one statement.
const linesAtOnce = 50

// AppendAll writes entries without private text, one after the other. Where
// positions are given after the commit it takes one statement for many, since
// each waits for the network.
func (c *Chain) AppendAll(lines ...Line) error {
	if c.tx.Position("entry") != "NULL" || len(lines) == 1 {
		for _, l := range lines {
			if _, err := c.Append(l.Kind, l.Data, nil); err != nil {
				return err
			}
		}
		return nil
	}
	for len(lines) > 0 {
		chunk := lines[:min(len(lines), linesAtOnce)]
		lines = lines[len(chunk):]
		if err := c.appendChunk(chunk); err != nil {
			return err
		}
	}
	return nil
}

func (c *Chain) appendChunk(lines []Line) error {
	args, after := []any{}, *c
	for _, l := range lines {
		canonical, err := canonicalData(l.Data)
		if err != nil {
			return fault.Wrap(err, "recording %s", l.Kind)
		}
		env := envelope{
			tenant: c.tx.Tenant(), stream: c.stream, seq: after.seq + 1, at: max(c.tx.Now(), after.at+1),
			actor: string(c.tx.Actor()), kind: l.Kind, data: canonical, prev: after.prev,
		}
		hash := leafHash(env.bytes())
		args = append(args, env.tenant, env.stream, env.seq, env.at, env.actor, env.kind, env.data, orNull(env.prev), hash)
		after.seq, after.at, after.prev = env.seq, env.at, hash
	}
	n, err := c.tx.Exec(insertMany(len(lines)), args...)
	if err == nil && n != int64(len(lines)) {
		err = fault.New(fault.Internal, "%d of %d entries were written.", n, len(lines))
	}
	if err != nil {
		return fault.Wrap(err, "recording %s", lines[0].Kind)
	}
	*c = after
	return nil
}

// insertMany is the statement for so many rows, without private text and without
// positions.
func insertMany(rows int) string {
	const columns = 9
	var b strings.Builder
	b.WriteString(`INSERT INTO entry(tenant, stream, seq, at, actor, kind, data, prev, hash) VALUES `)
	for row := range rows {
		if row > 0 {
			b.WriteByte(',')
		}
		for column := range columns {
			b.WriteByte("(,"[min(column, 1)])
			b.WriteString("$" + strconv.Itoa(row*columns+column+1))
		}
		b.WriteByte(')')
	}
	return b.String()
}
