package finding

import (
	"slices"
	"strconv"
)

// Limits of a diff: it is for people, the originals are kept.
const (
	maxChanges     = 200
	maxChangeValue = 500
)

// Kinds of a change. ChangeCut is the last entry of a diff that was too long:
// its New says how many changes are not listed.
const (
	ChangeAdded   = "added"
	ChangeRemoved = "removed"
	ChangeChanged = "changed"
	ChangeCut     = "cut"
)

// Change is one field that differs. Texts stand as they are, everything else as
// JSON; both are cut at 500 characters with a mark that says so. Old is "" for
// what was added and New is "" for what was removed.
type Change struct {
	Path string `json:"path"` // such as Resources[0].Tags.owner
	Kind string `json:"kind"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

// Diff lists what changed between two contents, in the order of their paths, at
// most 200 entries. Lists are compared by position.
func Diff(old, new map[string]any) []Change {
	d := differ{out: []Change{}}
	d.objects("", old, new)
	if d.more > 0 {
		d.out[maxChanges-1] = Change{Kind: ChangeCut, New: strconv.Itoa(d.more+1) + " more changes"}
	}
	return d.out
}

type differ struct {
	out  []Change
	more int
}

func (d *differ) objects(path string, old, new map[string]any) {
	keys := sortedKeys(old)
	for _, k := range sortedKeys(new) {
		if _, both := old[k]; !both {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	for _, k := range keys {
		a, had := old[k]
		b, has := new[k]
		d.values(joinPath(path, keyPath(k)), side{a, had}, side{b, has})
	}
}

// side is one side of a comparison; a null that is there differs from nothing.
type side struct {
	v  any
	is bool
}

func (s side) text() string {
	if !s.is {
		return ""
	}
	t, ok := s.v.(string)
	if !ok {
		t = string(appendCanonical(nil, s.v))
	}
	return clean(cut(t, maxChangeValue), 2*maxChangeValue, true)
}

func (d *differ) values(path string, old, new side) {
	switch {
	case !old.is:
		d.add(path, ChangeAdded, old, new)
	case !new.is:
		d.add(path, ChangeRemoved, old, new)
	default:
		d.both(path, old, new)
	}
}

func (d *differ) both(path string, old, new side) {
	switch a := old.v.(type) {
	case map[string]any:
		if b, ok := new.v.(map[string]any); ok {
			d.objects(path, a, b)
			return
		}
	case []any:
		if b, ok := new.v.([]any); ok {
			d.lists(path, a, b)
			return
		}
	}
	if string(appendCanonical(nil, old.v)) != string(appendCanonical(nil, new.v)) {
		d.add(path, ChangeChanged, old, new)
	}
}

func (d *differ) lists(path string, old, new []any) {
	for i := range max(len(old), len(new)) {
		var a, b side
		if i < len(old) {
			a = side{old[i], true}
		}
		if i < len(new) {
			b = side{new[i], true}
		}
		d.values(path+indexPath(i), a, b)
	}
}

func (d *differ) add(path, kind string, old, new side) {
	if len(d.out) == maxChanges {
		d.more++
		return
	}
	d.out = append(d.out, Change{Path: path, Kind: kind, Old: old.text(), New: new.text()})
}
