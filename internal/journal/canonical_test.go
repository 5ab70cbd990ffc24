package journal

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"
)

// TestTheShortWayWritesWhatTheLongWayWrites holds the two ways of Canonical to
// the same bytes, for these are evidence.
func TestTheShortWayWritesWhatTheLongWayWrites(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		v := object(2).Draw(t, "object")
		short, err := appendValue(nil, v)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		long, err := Canonical(json.RawMessage(raw))
		if err != nil || string(short) != string(long) {
			t.Fatalf("%v\n%s\n%s", err, short, long)
		}
	})
}

func object(depth int) *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		m := map[string]any{}
		for _, k := range rapid.SliceOfN(rapid.String(), 0, 5).Draw(t, "keys") {
			m[k] = value(depth).Draw(t, "value")
		}
		return m
	})
}

func value(depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		switch n := rapid.IntRange(0, 6).Draw(t, "type"); {
		case n == 0:
			return nil
		case n == 1:
			return rapid.Bool().Draw(t, "bool")
		case n == 2:
			return rapid.Int64Range(-maxInteger, maxInteger).Draw(t, "int64")
		case n == 3:
			return rapid.IntRange(-1000, 1000).Draw(t, "int")
		case n == 4:
			return rapid.SliceOf(rapid.String()).Draw(t, "strings")
		case n == 5 && depth > 0:
			return object(depth-1).Draw(t, "object")
		}
		return rapid.String().Draw(t, "string")
	})
}
