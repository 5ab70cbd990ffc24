package main

import (
	"strconv"
	"time"
)

// act does one thing with a ticket, most often one that may succeed, by how it
// was when somebody last looked.
func (r *runner) act(p *parcel) {
	p.mu.Lock()
	h := p.hint
	p.mu.Unlock()
	dice := r.rng.IntN(100)
	switch {
	case dice < 15:
		r.on(p, opRead)
	case dice < 17:
		r.on(p, opReturn)
	case dice < 19:
		r.on(p, opClose)
	case h.closed && dice < 70:
		r.on(p, opReopen)
	case h.id != "":
		r.actOnOffer(p, h, dice)
	case h.owner == "" && dice < 75:
		r.on(p, opTake)
	case h.owner == r.me.id || dice < 40:
		r.offer(p)
	case dice < 60:
		r.on(p, opTake)
	default:
		r.on(p, []string{opRead, opReopen, opClose, opReturn}[r.rng.IntN(4)])
	}
}

// on does what needs nothing but the ticket.
func (r *runner) on(p *parcel, kind string) {
	path, d := "/tickets/"+p.id+"/"+kind, deed{kind: kind}
	switch kind {
	case opRead:
		r.record(p, d, "GET", "/tickets/"+p.id, nil)
	case opTake:
		r.record(p, d, "POST", path, nil)
	case opClose:
		r.record(p, d, "POST", path, map[string]any{"resolution": "false_positive", "reason": "a trial"})
	case opReopen, opReturn:
		r.record(p, d, "POST", path, map[string]any{"reason": "a trial of the harness"})
	}
}

func (r *runner) offer(p *parcel) {
	d := deed{kind: opOffer, offer: "offer " + strconv.FormatInt(r.offers.Add(1), 10)}
	in := map[string]any{"next_step": d.offer}
	if r.rng.IntN(5) < 2 {
		d.to = r.sides[r.rng.IntN(len(r.sides))].id
		in["to_team"] = d.to
	} else {
		d.to = r.players[r.rng.IntN(len(r.players))].id
		in["to_user"] = d.to
	}
	r.record(p, d, "POST", "/tickets/"+p.id+"/offers", in)
}

func (r *runner) actOnOffer(p *parcel, h hint, dice int) {
	d, path := deed{offer: h.id}, "/handovers/"+h.id
	mine := h.to == r.me.id || h.to == r.me.team.id
	switch {
	case mine && dice < 85:
		r.accept(p, h)
	case mine && dice < 88 || dice < 23:
		d.kind = opDecline
		r.record(p, d, "POST", path+"/decline", map[string]any{"category": "no_capacity", "reason": "a trial of the harness"})
	case dice < 27:
		d.kind = opWithdraw
		r.record(p, d, "POST", path+"/withdraw", map[string]any{})
	case dice < 40:
		d.kind, d.part = opAccept, true
		r.record(p, d, "POST", path+"/accept", map[string]any{"checklist": []string{"summary"}})
	case dice < 52:
		r.offer(p)
	case dice < 65:
		r.on(p, opTake)
	default:
		d.kind = opLook
		r.record(p, d, "GET", path, nil)
	}
}

// accept opens every section, waits a moment for others who have done so, that
// they meet, and accepts.
func (r *runner) accept(p *parcel, h hint) {
	path, sections := "/handovers/"+h.id, h.sections
	if len(sections) == 0 || h.from == "" {
		a := r.record(p, deed{kind: opLook, offer: h.id}, "GET", path, nil)
		if a == nil || a.status != 200 {
			return
		}
		sections = a.sections()
	}
	for _, s := range sections {
		if a := r.record(p, deed{kind: opOpen, offer: h.id}, "POST", path+"/open", map[string]any{"section": s}); a == nil || a.status != 200 {
			return
		}
	}
	others := h.ready.Add(1)
	for wait := 0; others < 2 && wait < 20 && h.to == r.me.team.id; wait++ {
		time.Sleep(5 * time.Millisecond)
		others = h.ready.Load()
	}
	in := map[string]any{"checklist": sections}
	for range 4 {
		a := r.record(p, deed{kind: opAccept, offer: h.id}, "POST", path+"/accept", in)
		if a == nil || a.DeltaSeq == 0 {
			return
		}
		in["delta_seq"] = a.DeltaSeq
	}
}
