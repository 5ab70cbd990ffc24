package app

import (
	"context"
	"encoding/json"
	"strings"

	"tocsin/internal/api"
	"tocsin/internal/connection"
	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
)

// checkMapping says what is wrong with a mapping before it is kept.
func checkMapping(text json.RawMessage) error {
	_, err := finding.CompileMapping(text)
	return err
}

// reading is how a body becomes parts.
type reading struct {
	mapping *finding.Mapping // nil: the body's own format, or a table's own columns
	origin  finding.MappingOrigin
	csv     bool
}

func (g reading) parts(body []byte) ([]finding.Part, error) {
	switch {
	case g.csv:
		return finding.DecodeCSV(body, g.mapping, g.origin)
	case g.mapping != nil:
		return g.mapping.Decode(body, g.origin)
	}
	return finding.Decode(body)
}

// Bring takes in what somebody brings with a mapping, or a table.
func (r *Rooms) Bring(ctx context.Context, b api.Brought) ([]finding.Result, error) {
	g, source := reading{csv: b.CSV, origin: finding.MappingOrigin{Name: "File"}}, "api"
	var err error
	switch {
	case len(b.Inline) > 0:
		g.mapping, err = finding.CompileMapping(b.Inline)
		if err == nil && !g.mapping.Fills("product") {
			err = fault.Field("fields.product", "is missing: without a connection it says whose ids these are")
		}
	case b.Mapping != "":
		g.mapping, g.origin, err = r.mappingOf(ctx, b.Mapping)
		source = connection.Stream(g.origin.From)
		if err == nil && g.mapping == nil {
			err = fault.Field("query.mapping", "names a connection that has no mapping")
		}
	}
	if err != nil {
		return nil, err
	}
	parts, err := g.parts(b.Body)
	if err != nil {
		return nil, err
	}
	return r.TakeParts(ctx, source, parts)
}

// mappingOf compiles the mapping of a connection, nil where it has none.
func (r *Rooms) mappingOf(ctx context.Context, ref string) (*finding.Mapping, finding.MappingOrigin, error) {
	var c connection.Reading
	err := r.DB.Read(ctx, func(tx *db.Tx) (err error) {
		c, err = r.Connections.Reading(tx, ref)
		return err
	})
	if err != nil || c.Mapping == nil {
		return nil, finding.MappingOrigin{}, err
	}
	m, err := finding.CompileMapping(c.Mapping)
	return m, finding.MappingOrigin{From: c.ID, Name: c.Name}, err
}

// Again reads what is in quarantine once more, by the mapping that its
// connection has now: whoever mends a mapping retries what it failed on.
func (r *Rooms) Again(ctx context.Context, source string, body []byte) ([]finding.Result, error) {
	var parts []finding.Part
	m, origin, err := r.mappingOfSource(ctx, source)
	switch {
	case err != nil:
		return nil, err
	case m != nil:
		parts, err = m.Again(body, origin)
	default:
		if parts, err = finding.Decode(body); err != nil {
			if table, e := finding.DecodeCSV(body, nil, finding.MappingOrigin{Name: "File"}); e == nil {
				parts, err = table, nil
			}
		}
	}
	if err != nil {
		return nil, err
	}
	return r.TakeParts(ctx, source, parts)
}

func (r *Rooms) mappingOfSource(ctx context.Context, source string) (*finding.Mapping, finding.MappingOrigin, error) {
	id, ok := strings.CutPrefix(source, connection.Stream(""))
	if !ok {
		return nil, finding.MappingOrigin{}, nil
	}
	m, origin, err := r.mappingOf(ctx, id)
	if fault.Is(err, fault.Missing) { // removed meanwhile
		return nil, origin, nil
	}
	return m, origin, err
}

// Deliver takes in what a webhook brought. The last transaction also remembers
// the delivery, so that a copy does nothing, and one that broke off in the
// middle may come again.
func (r *Rooms) Deliver(ctx context.Context, k connection.Caller, csv bool, body []byte) (results []finding.Result, duplicate bool, err error) {
	ctx = k.As(ctx)
	if came, err := r.Connections.Hooks.Came(ctx, k); err != nil || came {
		if err == nil {
			r.Connections.Hooks.Done(k, 0, true)
		}
		return nil, came, err
	}
	parts, err := r.delivered(k, csv, body)
	if err != nil {
		return nil, false, err
	}
	receipt := connection.Receipt{Size: int64(len(body)), Parts: int64(len(parts)), Quarantined: refusedOf(parts)}
	last := max(len(parts)-1, 0) / chunk * chunk
	if results, err = r.TakeParts(ctx, k.Source(), parts[:last]); err != nil {
		return nil, false, err
	}
	rest, err := r.takeAnd(ctx, k.Source(), parts[last:], func(tx *db.Tx) error { return r.Connections.Hooks.Keep(tx, k, receipt) })
	if connection.IsCopy(err) {
		r.Connections.Hooks.Done(k, 0, true)
		return nil, true, nil
	}
	if err != nil {
		return nil, false, err
	}
	r.Connections.Hooks.Done(k, int(receipt.Quarantined), false)
	return append(results, rest...), false, nil
}

// delivered reads the body of a proven call. What cannot be read at all is one
// part for quarantine: it is signed, so it is evidence.
func (r *Rooms) delivered(k connection.Caller, csv bool, body []byte) ([]finding.Part, error) {
	g := reading{csv: csv, origin: finding.MappingOrigin{From: k.ID, Name: k.Name}}
	if k.Delivery.Mapping != nil {
		var err error
		if g.mapping, err = finding.CompileMapping(k.Delivery.Mapping); err != nil {
			return nil, fault.Wrap(err, "compiling the mapping of connection %s", k.ID)
		}
	}
	parts, err := g.parts(body)
	e := fault.As(err)
	if err == nil || e == nil || e.Slug == "too-many-findings" {
		return parts, err
	}
	return []finding.Part{{Raw: body, Err: e}}, nil
}

func refusedOf(parts []finding.Part) (n int64) {
	for _, p := range parts {
		if p.Err != nil {
			n++
		}
	}
	return n
}

// takeAnd makes parts durable together with something about all of them. Where
// a part is at fault it is taken apart, and what is about all follows.
func (r *Rooms) takeAnd(ctx context.Context, source string, parts []finding.Part, also func(*db.Tx) error) ([]finding.Result, error) {
	r.Findings.Pack(parts)
	results := make([]finding.Result, len(parts))
	err := r.DB.Write(ctx, func(tx *db.Tx) (err error) {
		for i, p := range parts {
			if results[i], err = r.Findings.Take(tx, p, source, r.Tickets.FromFinding); err != nil {
				return err
			}
		}
		return also(tx)
	})
	if err == nil {
		r.intake.count(results)
		return results, nil
	}
	if !fault.Is(err, fault.Internal) || ctx.Err() != nil {
		return nil, err
	}
	if results, err = r.TakeParts(ctx, source, parts); err != nil {
		return nil, err
	}
	return results, r.DB.Write(ctx, also)
}
