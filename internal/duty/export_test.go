package duty

// Lay is who would be on duty by a plan that was checked, among all whom it names.
func Lay(p Plan, from, to int64) []Shift {
	p = p.normal()
	ready, err := p.compile()
	if err != nil {
		panic(err)
	}
	r := &record{plan: p, ready: ready}
	return rosterOf(r, join(nil, final(r.layers(nil, from, to, func(string) bool { return true }))), nil).Final
}
