package query

import (
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tocsin/internal/fault"
)

func oneList(s Set) Env {
	return Env{List: func(name string) (Set, bool) { return s, name == "l" }}
}

func TestListStandsForItsItems(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in, sql string
		args    []any
	}{
		"its items":             {"team:@crown-jewels/eu", "r.team IN ($3, $4, $5, $6)", []any{"t1", "me", "A b", `'"`}},
		"beside other values":   {"owner:u9,@vips", "r.owner IN ($3, $4, $5, $6, $7, $8)", []any{"u9", "u1", "a", "日%", "high", "detect"}},
		"and no value":          {"owner:none,@nobody", "(r.owner IS NULL OR r.owner = '')", nil},
		"an empty list":         {"owner:@nobody", "FALSE", nil},
		"a list that is not":    {"owner:@unknown", "FALSE", nil},
		"none of its items":     {"team!=@nobody", "(NOT FALSE)", nil},
		"a name in capitals":    {"owner:@NOBODY", "FALSE", nil},
		"in quotes it is text":  {`owner:"@vips"`, "r.owner = $3", []any{"@vips"}},
		"behind ~ it is text":   {"owner~@vips", `lower(r.owner) LIKE lower($3) ESCAPE '\'`, []any{"%@vips%"}},
		"bare text stays text":  {"@vips", `(lower(r.title) LIKE lower($3) ESCAPE '\' OR lower(r.note) LIKE lower($4) ESCAPE '\')`, []any{"%@vips%", "%@vips%"}},
		"in a list of a record": {"tag:@nobody,x", "(EXISTS (SELECT 1 FROM tags x WHERE x.row_id = r.id AND x.value = $3))", []any{"x"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Compile(parse(t, c.in), env(t), 3)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(Where{c.sql, c.args}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRangesOfAddressesAreForRules(t *testing.T) {
	t.Parallel()
	q := parse(t, "title:@l")
	e := oneList(NewSet([]string{"Bastion"}, []netip.Prefix{
		netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("192.0.2.7/32"),
	}))
	for value, want := range map[string]bool{
		"10.1.2.3": true, "11.1.2.3": false, "::ffff:10.0.0.1": true, "2001:db8::1": true, "2001:db8::1%eth0": true,
		"192.0.2.7": true, "192.0.2.8": false, "bastion": true, "10.1.2": false, "": false, "10.0.0.0/8": false,
	} {
		if got := Match(q, func(string) Values { return Strings(value) }, e); got != want {
			t.Errorf("%q: got %v, want %v", value, got, want)
		}
	}
	_, err := Compile(q, e, 1)
	offset, length, message := badQuery(t, "title:@l", err)
	if offset != 6 || length != 2 || !strings.Contains(message, "rules only") {
		t.Errorf("says %q at %d+%d", message, offset, length)
	}
}

func TestLongListIsRefusedInSQLOnly(t *testing.T) {
	t.Parallel()
	items := make([]string, maxListed+1)
	for i := range items {
		items[i] = strconv.Itoa(i)
	}
	fits, over := oneList(NewSet(items[:maxListed], nil)), oneList(NewSet(items, nil))
	if w, err := Compile(parse(t, "owner:@l"), fits, 1); err != nil || len(w.Args) != maxListed {
		t.Errorf("%d items: %v", maxListed, err)
	}
	for text, e := range map[string]Env{"owner:@l": over, "a owner:@l,@l,@l tag:@l,@l,@l": fits} {
		_, err := Compile(parse(t, text), e, 1)
		if _, _, message := badQuery(t, text, err); !strings.Contains(message, "too long") {
			t.Errorf("%s says %q", text, message)
		}
	}
	if !Match(parse(t, "owner:@l"), func(string) Values { return Strings(items[maxListed]) }, over) {
		t.Error("memory has no bound")
	}
}

func TestKnownListsAreHeldToTheirNames(t *testing.T) {
	t.Parallel()
	table := tickets().WithLists([]string{"vips", "crown-jewels", "ou/prod"})
	for text, advice := range map[string]any{
		"owner:@vips": nil, "a owner:@vip": "@vips", "owner:me,@crown-jewls": "@crown-jewels", "owner:@qqqqqqq": nil,
	} {
		_, err := Parse(text, table)
		if text == "owner:@vips" {
			if err != nil {
				t.Error(err)
			}
			continue
		}
		offset, length, _ := badQuery(t, text, err)
		if text[offset] != '@' || offset+length != len(text) || fault.As(err).Extra["did_you_mean"] != advice {
			t.Errorf("%s: points at %d+%d, advises %v", text, offset, length, fault.As(err).Extra["did_you_mean"])
		}
	}
	for _, text := range []string{"owner:@", "owner:@a!", "owner:@-a", "owner:@" + strings.Repeat("a", 61), "owner:@é"} {
		_, err := Parse(text, tickets())
		badQuery(t, text, err)
	}
	for _, text := range []string{"number:@vips", "due:@vips", "demo:@vips"} {
		_, err := Parse(text, table)
		badQuery(t, text, err)
	}
}

func TestListsNamesEachOnce(t *testing.T) {
	t.Parallel()
	q := parse(t, `owner:@vips (tag:x,@ou/prod OR -team:@VIPS) title:"@no" title~@no @no`)
	if diff := cmp.Diff([]string{"vips", "ou/prod"}, q.Lists()); diff != "" {
		t.Error(diff)
	}
}

func TestItemsAreReadAsTheFieldStoresThem(t *testing.T) {
	t.Parallel()
	table := MustTable(Field{Name: "ticket", Kind: ID, Column: "n", Canon: strings.ToUpper})
	q, err := Parse("ticket:@l", table)
	if err != nil {
		t.Fatal(err)
	}
	e := oneList(NewSet([]string{"inc-1", ""}, nil))
	w, err := Compile(q, e, 1)
	if diff := cmp.Diff(Where{"n = $1", []any{"INC-1"}}, w); diff != "" || err != nil {
		t.Error(err, diff)
	}
	for value, want := range map[string]bool{"INC-1": true, "inc-1": false, "": false} {
		if got := Match(q, func(string) Values { return Strings(value) }, e); got != want {
			t.Errorf("%q: got %v, want %v", value, got, want)
		}
	}
}

func TestListsAreOffered(t *testing.T) {
	t.Parallel()
	table := tickets().WithLists([]string{"vips", "crown-jewels"})
	for text, want := range map[string][]string{
		"owner:@": {"@crown-jewels", "@vips"}, "owner:me,@v": {"@vips"}, "title:": {"none", "any", "@crown-jewels", "@vips"},
		"number:@": nil, "title~@": nil, `owner:"@`: nil, "severity>=@": nil,
	} {
		var got []string
		for _, s := range Complete(text, len(text), table) {
			got = append(got, s.Text)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

// A set that NewSet made and one written out hold the same.
func TestSetsAgree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOf(rapid.Custom(drawText)).Draw(t, "values")
		made, written := NewSet(values, nil), Set{Values: values}
		v := drawText(t)
		if made.has(v, true) != written.has(v, true) || made.Contains(v) != written.Contains(v) {
			t.Fatalf("%q in %q", v, values)
		}
	})
}
