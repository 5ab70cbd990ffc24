package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"tocsin": func() {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		code := Main(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, Local{})
		stop()
		os.Exit(code)
	}})
}

// TestScripts runs the scripts against a server that answers with files.
//
// `exits CODE tocsin …` runs the binary and checks its exit code. Each request
// is written to requests; the answer to METHOD PATH is in
// server/METHOD_PATH, slashes as _, with +CURSOR for a page: a line with the status and
// headers (`200 ETag=…`, ~ for a space, the type is JSON unless said), then the body.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setUp,
		Cmds:                map[string]func(ts *testscript.TestScript, neg bool, args []string){"exits": exits},
	})
}

func setUp(env *testscript.Env) error {
	fake := &fakeServer{dir: env.WorkDir}
	server := httptest.NewServer(fake)
	other := httptest.NewServer(&fakeServer{dir: env.WorkDir, name: "OTHER "})
	env.Defer(server.Close)
	env.Defer(other.Close)
	env.Setenv("TOCSIN_URL", server.URL)
	env.Setenv("FAKE_URL", server.URL)
	env.Setenv("OTHER_URL", other.URL)
	env.Setenv("TOCSIN_TOKEN", "tocsin_pat_test")
	env.Setenv("XDG_CONFIG_HOME", filepath.Join(env.WorkDir, "config"))
	return os.WriteFile(filepath.Join(env.WorkDir, "requests"), nil, 0o600)
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	code := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
}

// fakeServer answers with files and writes down what it was asked.
type fakeServer struct {
	dir  string
	name string
	mu   sync.Mutex
	keys map[string]bool // Idempotency-Keys that came
}

func (f *fakeServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	path, ours := strings.CutPrefix(r.URL.EscapedPath(), apiPrefix)
	body, _ := io.ReadAll(r.Body)
	f.note(r, path, body)
	name := filepath.Join(f.dir, "server", r.Method+strings.NewReplacer("/", "_", "%", "_").Replace(path))
	if cursor := r.URL.Query().Get("cursor"); cursor != "" {
		name += "+" + cursor
	}
	text, err := os.ReadFile(name + f.again(r, name))
	if err != nil || !ours {
		text = []byte(`404 Content-Type=application/problem+json` + "\n" + `{"type":"urn:tocsin:error:missing","title":"Not found","status":404,"detail":"There is no such thing."}`)
	}
	f.answer(w, text)
}

// again names the answer to a request that comes a second time, if there is a
// file for it.
func (f *fakeServer) again(r *http.Request, name string) string {
	key := r.Header.Get("Idempotency-Key")
	if f.keys == nil {
		f.keys = map[string]bool{}
	}
	seen := f.keys[key]
	f.keys[key] = key != ""
	if _, err := os.Stat(name + ".again"); seen && err == nil {
		return ".again"
	}
	return ""
}

func (f *fakeServer) note(r *http.Request, path string, body []byte) {
	line := f.name + r.Method + " " + path
	if r.URL.RawQuery != "" {
		line += "?" + r.URL.RawQuery
	}
	if token := r.Header.Get("Authorization"); token != "Bearer tocsin_pat_test" {
		line += fmt.Sprintf(" token=%q", token)
	}
	if rev := r.Header.Get("If-Match"); rev != "" {
		line += " if-match=" + rev
	}
	if none := r.Header.Get("If-None-Match"); none != "" {
		line += " if-none-match=" + none
	}
	if (r.Header.Get("Idempotency-Key") != "") != (r.Method == http.MethodPost) {
		line += " idempotency-key=" + r.Header.Get("Idempotency-Key")
	}
	if len(body) > 0 {
		line += " " + strings.TrimSpace(string(body[:min(len(body), 300)]))
	}
	out, err := os.OpenFile(filepath.Join(f.dir, "requests"), os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, _ = out.WriteString(line + "\n")
		_ = out.Close()
	}
}

func (f *fakeServer) answer(w http.ResponseWriter, text []byte) {
	r := bufio.NewReader(bytes.NewReader(text))
	head, _ := r.ReadString('\n')
	words := strings.Fields(head)
	w.Header().Set("Content-Type", "application/json")
	for _, word := range words[1:] {
		name, value, _ := strings.Cut(word, "=")
		value = strings.ReplaceAll(value, "~", " ")
		w.Header().Set(name, os.Expand(value, func(string) string { return "http://" + f.dir }))
	}
	status, _ := strconv.Atoi(words[0])
	w.WriteHeader(status)
	_, _ = io.Copy(w, r)
}
