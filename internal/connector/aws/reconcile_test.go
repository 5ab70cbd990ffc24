package aws

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin/internal/connector"
	"tocsin/internal/fault"
)

// fakeHub answers GetFindings as Security Hub does, limit included: it holds
// the request to its shape, filters by UpdatedAt, sorts, pages and refuses more
// than three requests a second beyond a burst of six.
type fakeHub struct {
	t        *testing.T
	findings []hubFinding
	tokens   float64
	filled   time.Time
	throttle int // refuses as many requests before any other rule
	refused  int
	asked    []time.Time
}

type hubFinding struct {
	ID, UpdatedAt string
	Extra         string // a field that no SDK knows
}

type hubRequest struct {
	Filters struct {
		UpdatedAt []struct{ Start, End string }
	}
	SortCriteria []struct{ Field, SortOrder string }
	MaxResults   int
	NextToken    *string
}

func (h *fakeHub) answer(_ int, body map[string]any) answer {
	now := time.Now()
	h.asked = append(h.asked, now)
	h.tokens = min(6, h.tokens+3*now.Sub(h.filled).Seconds())
	h.filled = now
	if h.tokens < 1 || h.throttle > 0 {
		h.throttle--
		h.refused++
		return refusal(429, "TooManyRequestsException", "Too Many Requests")
	}
	h.tokens--
	var r hubRequest
	text, _ := json.Marshal(body)
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil || len(r.Filters.UpdatedAt) != 1 || r.MaxResults != 100 || len(r.SortCriteria) != 1 || r.SortCriteria[0].Field != "UpdatedAt" || r.SortCriteria[0].SortOrder != "asc" {
		h.t.Errorf("a request that Security Hub does not take: %s %v", text, err)
		return refusal(400, "InvalidInputException", "x")
	}
	return h.page(r)
}

func (h *fakeHub) page(r hubRequest) answer {
	var match []hubFinding
	for _, f := range h.findings {
		if f.UpdatedAt >= r.Filters.UpdatedAt[0].Start && f.UpdatedAt <= r.Filters.UpdatedAt[0].End {
			match = append(match, f)
		}
	}
	slices.SortFunc(match, func(a, b hubFinding) int { return strings.Compare(a.UpdatedAt, b.UpdatedAt) })
	from := 0
	if r.NextToken != nil {
		from, _ = strconv.Atoi(*r.NextToken)
	}
	out := []map[string]any{}
	for _, f := range match[min(from, len(match)):min(from+100, len(match))] {
		out = append(out, map[string]any{"Id": f.ID, "UpdatedAt": f.UpdatedAt, "FieldOfTomorrow": f.Extra})
	}
	a := map[string]any{"Findings": out}
	if from+100 < len(match) {
		a["NextToken"] = strconv.Itoa(from + 100)
	}
	return answer{body: a}
}

var hubDay = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

func at(minutes int) string {
	return hubDay.Add(time.Duration(minutes) * time.Minute).Format("2006-01-02T15:04:05.000Z")
}

func spanOf(from, to int) connector.Span {
	m := func(n int) int64 { return hubDay.Add(time.Duration(n) * time.Minute).UnixMicro() }
	return connector.Span{From: m(from), To: m(to)}
}

func newHub(t *testing.T, n int) (*fakeHub, *account) {
	t.Helper()
	h := &fakeHub{t: t, tokens: 6, filled: time.Now()}
	for i := range n { // not in the order of their time
		at := at((i * 7919) % n)
		h.findings = append(h.findings, hubFinding{ID: fmt.Sprintf("f-%04d", (i*7919)%n), UpdatedAt: at, Extra: "kept <&>"})
	}
	f := newFake()
	f.on("GetFindings", h.answer)
	return h, f.account(t, alone())
}

// ids of the findings in a page, as they stand in the raw body.
func ids(t *testing.T, p connector.Page) []string {
	t.Helper()
	var body struct {
		Findings []struct{ ID, FieldOfTomorrow string }
	}
	if err := json.Unmarshal(p.Messages[0].Body, &body); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range body.Findings {
		if f.FieldOfTomorrow != "kept <&>" {
			t.Errorf("finding %s lost a field on its way", f.ID)
		}
		out = append(out, f.ID)
	}
	return out
}

func TestAReconcileRunPagesThroughTheSpanBelowTheLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, a := newHub(t, 2500)
		var got []string
		var through []int64
		err := a.Reconcile(t.Context(), "eu-west-1", spanOf(100, 2399), func(_ context.Context, p connector.Page) error {
			got, through = append(got, ids(t, p)...), append(through, p.Through)
			if p.Newest != p.Through {
				t.Errorf("newest %d, through %d", p.Newest, p.Through)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != 2300 || got[0] != "f-0100" || got[2299] != "f-2399" || !slices.IsSorted(got) || !slices.IsSorted(through) {
			t.Errorf("%d findings from %s to %s", len(got), got[0], got[len(got)-1])
		}
		if h.refused > 0 {
			t.Errorf("%d requests were refused: the limit was reached", h.refused)
		}
		took := h.asked[len(h.asked)-1].Sub(h.asked[0])
		if rate := float64(len(h.asked)-1) / took.Seconds(); rate > 2.001 {
			t.Errorf("%.2f requests a second, want at most two", rate)
		}
	})
}

func TestThrottlingHalvesThePaceAndEndsInSuccess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, a := newHub(t, 300)
		h.throttle = 5
		n := 0
		err := a.Reconcile(t.Context(), "eu-west-1", spanOf(0, 299), func(_ context.Context, p connector.Page) error {
			n += len(ids(t, p))
			return nil
		})
		if err != nil || n != 300 {
			t.Fatalf("%d findings, %v", n, err)
		}
		var waits []time.Duration
		for i := range h.asked[1:] {
			waits = append(waits, h.asked[i+1].Sub(h.asked[i]).Round(100*time.Millisecond))
		}
		want := []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second}
		if diff := cmp.Diff(want, waits[:5]); diff != "" {
			t.Error(diff)
		}
		if last := waits[len(waits)-1]; last >= 16*time.Second {
			t.Errorf("the pace did not recover: %s", last)
		}
	})
}

func TestWhatARunCannotDoIsSaid(t *testing.T) {
	t.Parallel()
	full := errors.New("disk full")
	tests := []struct {
		name   string
		answer answer
		hand   error
		says   string
		asked  int
	}{
		{"a missing permission", refusal(403, "AccessDeniedException", "User: x is not authorized to perform: securityhub:GetFindings"), nil, "may not securityhub:GetFindings on Security Hub in eu-west-1", 1},
		{"a hub that is not on", refusal(401, "InvalidAccessException", "Account 1 is not subscribed to AWS Security Hub"), nil, "is not enabled", 1},
		{"a limit that stays", refusal(429, "TooManyRequestsException", "x"), nil, "slow down", pageAttempts},
		{"an outage that stays", refusal(500, "InternalException", "x"), nil, "500", pageAttempts},
		{"an answer that is none", answer{body: `{"Findings":7}`}, nil, "cannot be read", 1},
		{"a page that names itself", answer{body: map[string]any{"Findings": []any{map[string]any{"Id": "x"}}, "NextToken": "again"}}, nil, "again and again", 2},
		{"a sink that cannot keep", answer{body: map[string]any{"Findings": []any{map[string]any{"Id": "x"}}}}, full, "disk full", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFake()
				f.on("GetFindings", func(int, map[string]any) answer { return tt.answer })
				err := f.account(t, alone()).Reconcile(t.Context(), "eu-west-1", spanOf(0, 1), func(context.Context, connector.Page) error { return tt.hand })
				if err == nil || !strings.Contains(err.Error(), tt.says) || f.count("GetFindings") != tt.asked {
					t.Errorf("%v after %d requests", err, f.count("GetFindings"))
				}
				if tt.hand != nil && !errors.Is(err, tt.hand) {
					t.Error("the sink's error is not returned as it is")
				}
			})
		})
	}
}

// A detector that does not sort says nothing about how far a run came.
func TestWithoutAnOrderNothingIsThrough(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.on("GetFindings", func(int, map[string]any) answer {
			return answer{body: map[string]any{"Findings": []any{
				map[string]any{"Id": "b", "UpdatedAt": at(5)}, map[string]any{"Id": "a", "UpdatedAt": at(3)}, map[string]any{"Id": "c", "UpdatedAt": "some day"},
			}}}
		})
		err := f.account(t, alone()).Reconcile(t.Context(), "eu-west-1", spanOf(0, 9), func(_ context.Context, p connector.Page) error {
			if p.Through != 0 || p.Newest != hubDay.Add(5*time.Minute).UnixMicro() {
				t.Errorf("through %d, newest %d", p.Through, p.Newest)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestRegionsToReconcileAreReadFromTheSettings(t *testing.T) {
	t.Parallel()
	got := Kind().Places(json.RawMessage(`{"reconcile":[{"region":"eu-west-1"},{"region":"us-east-1","every":"1h","lookback":"48h","first":"720h"}]}`))
	want := []connector.Place{
		{Name: "eu-west-1", Every: 15 * time.Minute, Lookback: 6 * time.Hour, First: 6 * time.Hour}, {Name: "us-east-1", Every: time.Hour, Lookback: 48 * time.Hour, First: 720 * time.Hour},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	tests := []struct{ name, row, at string }{
		{"no region", `{"every":"1h"}`, "settings.reconcile[0].region"},
		{"no region at all", `{"region":"mars"}`, "settings.reconcile[0].region"},
		{"too often", `{"region":"eu-west-1","every":"1m"}`, "settings.reconcile[0].every"},
		{"no time", `{"region":"eu-west-1","lookback":"long"}`, "settings.reconcile[0].lookback"},
		{"a first run shorter than the others", `{"region":"eu-west-1","lookback":"48h","first":"24h"}`, "settings.reconcile[0].first"},
		{"a region twice", `{"region":"eu-west-1"},{"region":"eu-west-1"}`, "settings.reconcile[1].region"},
	}
	for _, tt := range tests {
		c := through(map[string]any{}, keys())
		c.Settings = json.RawMessage(`{"region":"eu-west-1","reconcile":[` + tt.row + `]}`)
		_, err := New(c)
		if e := fault.As(err); e == nil || len(e.Fields) == 0 || e.Fields[0].Location != tt.at {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
