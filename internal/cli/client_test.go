package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// serving starts a server for one test and returns its address.
func serving(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return s.URL
}

// intake is a server that takes at most so many findings at once.
type intake struct {
	mu    sync.Mutex
	most  int
	taken []int
	posts int
	stop  int // answers 503 from the post with this number on; 0 never
}

func (in *intake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.posts++
	w.Header().Set("Content-Type", "application/json")
	if in.stop > 0 && in.posts >= in.stop {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	var found []int
	d := json.NewDecoder(r.Body)
	for {
		var v any
		if d.Decode(&v) != nil {
			break
		}
		list, isList := v.([]any)
		if m, _ := v.(map[string]any); m["Findings"] != nil {
			list, isList = m["Findings"].([]any)
		}
		if !isList {
			list = []any{v}
		}
		for _, f := range list {
			n, _ := f.(map[string]any)["n"].(float64)
			found = append(found, int(n))
		}
	}
	if len(found) > in.most {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		_, _ = io.WriteString(w, `{"type":"urn:tocsin:error:too-large","status":413,"detail":"The body holds too many findings."}`)
		return
	}
	in.taken = append(in.taken, found...)
	results := make([]string, len(found))
	for i, n := range found {
		results[i] = fmt.Sprintf(`{"finding_id":"f-%d","ticket":"","ticket_id":"","outcome":"recorded","error":""}`, n)
	}
	_, _ = io.WriteString(w, `{"results":[`+strings.Join(results, ",")+`]}`)
}

func inFile(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "findings")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestTooManyFindingsAreSentInSmallerPieces(t *testing.T) {
	t.Parallel()
	all := numbered(1000, 10)
	for name, text := range map[string]string{
		"lines":                   strings.Join(all, "\n"),
		"a list":                  "[" + strings.Join(all, ",") + "]",
		"an answer on one line":   `{"Findings":[` + strings.Join(all, ",") + `]}`,
		"a line that holds a lot": "[" + strings.Join(all[:500], ",") + "]\n" + strings.Join(all[500:], "\n"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := &intake{most: 70}
			r := run(t, Local{}, "", "finding", "take", inFile(t, text), "--url", serving(t, in.ServeHTTP), "-o", "jsonl")
			if r.code != 0 || r.err != "1000 findings: 1000 recorded\n" || strings.Count(r.out, "\n") != 1000 {
				t.Fatalf("code %d, talk %s", r.code, r.err)
			}
			if !slices.IsSorted(in.taken) || len(in.taken) != 1000 {
				t.Errorf("%d findings were taken, in order: %v", len(in.taken), slices.IsSorted(in.taken))
			}
		})
	}
}

func TestOneFindingThatIsTooMuchIsNotSentForEver(t *testing.T) {
	t.Parallel()
	in := &intake{most: 0}
	r := run(t, Local{}, "", "finding", "take", inFile(t, `[{"n":1},{"n":2}]`), "--url", serving(t, in.ServeHTTP))
	if r.code != 2 || !strings.Contains(r.err, "The body holds too many findings.") || in.posts > 4 {
		t.Errorf("after %d posts: %+v", in.posts, r)
	}
}

func TestWhatWasTakenBeforeTheServerWentAwayIsTold(t *testing.T) {
	t.Parallel()
	in := &intake{most: 600, stop: 4}
	r := run(t, Local{}, "", "finding", "take", inFile(t, strings.Join(numbered(1000, 10), "\n")), "--url", serving(t, in.ServeHTTP), "-o", "csv")
	if r.code != 6 || strings.Count(r.out, "\n") != 501 || !strings.Contains(r.err, "Only 500 findings were taken. ") || !strings.Contains(r.err, "503") {
		t.Errorf("code %d, %d lines, %s", r.code, strings.Count(r.out, "\n"), r.err)
	}
}

func TestABrokenLineIsTriedAgainWithTheSameKey(t *testing.T) {
	t.Parallel()
	var keys []string
	address := serving(t, func(w http.ResponseWriter, r *http.Request) {
		keys = append(keys, r.Header.Get("Idempotency-Key")+string(must(io.ReadAll(r.Body))))
		if len(keys) < 3 {
			panic(http.ErrAbortHandler)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"number":"INC-1"}`)
	})
	r := run(t, Local{}, "", "ticket", "note", "1", "text", "--url", address, "-o", "jsonl")
	if r.code != 0 || len(keys) != 3 || keys[0] != keys[1] || keys[1] != keys[2] || !strings.HasPrefix(keys[0], "cli-") {
		t.Errorf("%+v after %v", r, keys)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestAChangeIsNotTriedAgainWhenNobodyKnowsHowFarItCame(t *testing.T) {
	t.Parallel()
	var tries atomic.Int32
	address := serving(t, func(http.ResponseWriter, *http.Request) {
		tries.Add(1)
		panic(http.ErrAbortHandler)
	})
	r := run(t, Local{}, "", "ticket", "set", "1", "--title", "x", "--rev", "1", "--url", address)
	if r.code != 1 || tries.Load() != 1 {
		t.Errorf("%d tries, %+v", tries.Load(), r)
	}
}

func TestEventsGoOnAfterABrokenLine(t *testing.T) {
	t.Parallel()
	var asked []string
	address := serving(t, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.RawQuery)
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprintf(w, "id: %d\nevent: x\ndata: {\"number\":\"INC-%d\"}\n\n", len(asked), len(asked))
		_ = http.NewResponseController(w).Flush()
		if len(asked) == 1 {
			panic(http.ErrAbortHandler)
		}
	})
	r := run(t, Local{}, "", "events", "tail", "--count", "3", "-o", "jsonl", "--url", address)
	want := "{\"id\":\"1\",\"number\":\"INC-1\"}\n{\"id\":\"2\",\"number\":\"INC-2\"}\n{\"id\":\"3\",\"number\":\"INC-3\"}\n"
	if r.code != 0 || r.out != want || strings.Join(asked, " ") != " last_event_id=1 last_event_id=2" {
		t.Errorf("%+v, asked %v", r, asked)
	}
}

func TestEventsEndQuietlyWhenThePersonDoes(t *testing.T) {
	t.Parallel()
	begun := make(chan struct{})
	address := serving(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_ = http.NewResponseController(w).Flush()
		close(begun)
		<-r.Context().Done()
	})
	ctx, cancel := contextOf(t)
	go func() { <-begun; cancel() }()
	r := runIn(ctx, Local{}, "", "events", "tail", "--url", address)
	if r != (ran{}) {
		t.Errorf("%+v", r)
	}
	if r := runIn(ctx, Local{}, "", "ticket", "list", "--url", address); r.code != 1 || r.err != "interrupted\n" {
		t.Errorf("a list after Ctrl-C: %+v", r)
	}
}

func TestEventsAreRefusedLikeEverythingElse(t *testing.T) {
	t.Parallel()
	address := serving(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `{"type":"urn:tocsin:error:denied","detail":"You may not."}`)
	})
	if r := run(t, Local{}, "", "events", "tail", "--url", address); r.code != 3 || r.err != "error: You may not.\n" {
		t.Errorf("%+v", r)
	}
	address = serving(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") })
	if r := run(t, Local{}, "", "events", "tail", "--url", address); r.code != 1 || !strings.Contains(r.err, "no stream of events") {
		t.Errorf("%+v", r)
	}
}

func TestATokenInTheClearIsWarnedOf(t *testing.T) {
	t.Setenv("TOCSIN_TOKEN", "tocsin_pat_x")
	p := &program{err: io.Discard, target: targetFlags{url: "http://soc.example.org"}}
	var talk strings.Builder
	p.err = &talk
	for address, warned := range map[string]bool{
		"http://soc.example.org": true, "http://10.0.0.1:8080": true, "https://soc.example.org": false,
		"http://localhost:1": false, "http://127.8.0.1": false, "http://[::1]:8080/": false, "http://x.localhost": false,
	} {
		talk.Reset()
		p.target.url = address
		if _, err := p.client(); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(talk.String(), "in the clear"); got != warned {
			t.Errorf("%s: %q", address, talk.String())
		}
	}
}

func TestAServerMayLiveBelowAPath(t *testing.T) {
	t.Parallel()
	var path string
	address := serving(t, func(w http.ResponseWriter, r *http.Request) {
		path = r.URL.Path
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"items":[]}`)
	})
	for _, base := range []string{"/soc", "/soc/", "/soc/api/v1", "/soc/api/v1/"} {
		if r := run(t, Local{}, "", "ticket", "list", "--url", address+base, "-o", "json"); r.out != "[]\n" || path != "/soc/api/v1/tickets" {
			t.Errorf("%s asks for %s: %+v", base, path, r)
		}
	}
}

func TestAServerThatSaysNothingIsGivenUp(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	address := serving(t, func(http.ResponseWriter, *http.Request) { <-release })
	defer close(release)
	base, err := serverURL(address)
	if err != nil {
		t.Fatal(err)
	}
	c, err := newClient(base, "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.once(t.Context(), call{method: http.MethodGet, path: "/x", wait: 50 * time.Millisecond})
	if err == nil || !strings.Contains(err.Error(), "There is no answer from "+address) {
		t.Errorf("got %v", err)
	}
}

func TestALineThatIsTooLongIsLeftOutAndSaid(t *testing.T) {
	t.Parallel()
	in := &intake{most: 5000}
	text := `{"n":1}` + "\n" + `{"n":2,"pad":"` + strings.Repeat("x", apiBounds().bytes) + `"}` + "\n" + `{"n":3}`
	file := inFile(t, text)
	r := run(t, Local{}, "", "finding", "take", file, "--url", serving(t, in.ServeHTTP), "-o", "jsonl")
	if r.code != 6 || len(in.taken) != 2 || !strings.HasPrefix(r.err, file+": line 2 is longer than 15728640 bytes; it was not sent.\n2 findings: 2 recorded\nerror: 1 of 3 ") {
		t.Errorf("%d were taken: %+v", len(in.taken), r)
	}
}
