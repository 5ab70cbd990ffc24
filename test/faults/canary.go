package main

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	mathrand "math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tocsin/test/harness"
)

// canary is a secret value that must be found nowhere in a readable form.
type canary struct{ name, value string }

func newCanary(name, prefix string, n int) canary {
	// The signs that base64, URLs and JSON write in ways of their own are in it.
	return canary{name, prefix + rand.Text()[:n] + "/+="}
}

// forms are the ways in which a value could be written down.
func (c canary) forms() map[string][]byte {
	raw := []byte(c.value)
	out := map[string][]byte{
		"raw": raw, "hex": []byte(hex.EncodeToString(raw)), "HEX": []byte(strings.ToUpper(hex.EncodeToString(raw))),
		"url": []byte(url.QueryEscape(c.value)), "path": []byte(url.PathEscape(c.value)),
	}
	// Inside a longer text base64 has three alignments; the ends depend on the
	// neighbours and are left out.
	for shift := range 3 {
		for name, enc := range map[string]*base64.Encoding{"base64": base64.RawStdEncoding, "base64url": base64.RawURLEncoding} {
			text := enc.EncodeToString(append(make([]byte, shift), raw...))
			out[fmt.Sprintf("%s+%d", name, shift)] = []byte(text[4 : len(text)-4])
		}
	}
	return out
}

// hits counts where a canary is found.
func hits(canaries []canary, places map[string][]byte) []string {
	var found []string
	for where, text := range places {
		for _, c := range canaries {
			for form, needle := range c.forms() {
				if bytes.Contains(text, needle) {
					found = append(found, c.name+" as "+form+" in "+where)
				}
			}
		}
	}
	return found
}

// gossip is an endpoint that fails in every way and repeats all it was told,
// so that secrets come back in errors.
func gossip() *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		told := fmt.Sprintf("you said %s with %v and %s", r.URL, r.Header, body)
		switch mathrand.IntN(4) {
		case 0:
			w.WriteHeader(http.StatusInternalServerError)
			fmt.Fprint(w, told)
		case 1:
			w.Header().Set("Content-Type", "application/x-amz-json-1.0")
			w.WriteHeader(http.StatusForbidden)
			_ = json.NewEncoder(w).Encode(map[string]string{"__type": "InvalidClientTokenId", "message": told})
		case 2:
			fmt.Fprint(w, told) // not what was asked for
		default:
			panic(http.ErrAbortHandler)
		}
	}))
}

// tattle is one run with canaries: everything the product answered.
type tattle struct {
	c       *harness.Caller
	answers bytes.Buffer
}

func (t *tattle) say(method, path string, in any, headers ...string) (harness.Answer, error) {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return harness.Answer{}, err
		}
	}
	a, err := t.c.Do(method, path, body, headers...)
	fmt.Fprintf(&t.answers, "%s %s: %v\n%s\n", method, path, a.Header, a.Raw)
	return a, err
}

// provesCanary sets up connections with secrets that we would know again, lets
// them fail, and looks for them wherever somebody could read.
func provesCanary(w *world) ([]row, error) {
	o, token, err := w.installation("canary", "")
	if err != nil {
		return nil, err
	}
	o.Env = []string{"TOCSIN_EGRESS_ALLOW=127.0.0.0/8", "TOCSIN_LOG_LEVEL=debug"}
	s, err := harness.Start(o)
	if err != nil {
		return nil, err
	}
	defer s.Kill()
	endpoint := gossip()
	defer endpoint.Close()
	caller, err := harness.NewCaller(s.URL, token)
	if err != nil {
		return nil, err
	}
	canaries := []canary{
		newCanary("access key", "AKIA", 16), newCanary("secret key", "sk", 24), newCanary("session token", "st", 26),
		newCanary("second secret key", "sx", 24), {"API token", token}, newCanary("password in a URL", "pw", 20),
	}
	t := &tattle{c: caller}
	if err := t.provoke(canaries, endpoint.URL); err != nil {
		return nil, err
	}
	places, err := collect(o)
	if err != nil {
		return nil, err
	}
	code, _ := s.Stop(20 * time.Second)
	after, err := collect(o)
	if err != nil {
		return nil, err
	}
	for name, text := range after {
		places["after the end, "+name] = text
	}
	places["answers of the API"] = t.answers.Bytes()
	found := hits(canaries, places)
	size := 0
	for _, text := range places {
		size += len(text)
	}
	figure := fmt.Sprintf("%d secrets, %d hits in %d KiB of %d places", len(canaries), len(found), size>>10, len(places))
	if len(found) > 0 {
		figure += "; e.g. " + found[0]
	}
	return []row{
		{"secrets of connections, tokens: nowhere readable in the database, its log file, the server's log, answers", figure, "0 hits", verdict(len(found) == 0 && code == 0)},
		searchItself(),
	}, nil
}

// searchItself proves that the search finds every form it claims to.
func searchItself() row {
	c := newCanary("probe", "pp", 24)
	missed := 0
	for _, text := range []string{
		c.value, hex.EncodeToString([]byte(c.value)), url.QueryEscape("x=" + c.value), base64.StdEncoding.EncodeToString([]byte("Basic:" + c.value + ":")),
		base64.StdEncoding.EncodeToString([]byte("ab" + c.value)), base64.URLEncoding.EncodeToString([]byte("a" + c.value)),
	} {
		if len(hits([]canary{c}, map[string][]byte{"": []byte("before " + text + " after")})) == 0 {
			missed++
		}
	}
	return row{"the search itself: a planted secret is found in each form", fmt.Sprintf("%d of 6 missed", missed), "0", verdict(missed == 0)}
}

// provoke makes connections and mistakes. What it needs to have worked is
// checked, or a search in silence would prove nothing.
func (t *tattle) provoke(cs []canary, endpoint string) error {
	settings := map[string]any{"auth": "static_keys", "region": "eu-west-1", "endpoint_url": endpoint, "feeds": []any{map[string]any{"queue_url": endpoint + "/111122223333/alarms"}}}
	secrets := map[string]any{"access_key_id": cs[0].value, "secret_access_key": cs[1].value, "session_token": cs[2].value}
	a, err := t.say("POST", "/api/v1/connections", map[string]any{"kind": "aws", "name": "gossip", "settings": settings, "secrets": secrets})
	if err != nil {
		return err
	}
	var made struct{ ID string }
	if err := a.Into(&made); err != nil || made.ID == "" {
		return fmt.Errorf("the connection was not made (%w): %s", err, a.Raw)
	}
	at := "/api/v1/connections/" + made.ID
	for range 5 { // each way of failing
		if _, err := t.say("POST", at+"/test", nil); err != nil {
			return err
		}
	}
	time.Sleep(2 * time.Second) // the feed fails as well
	mistakes := []any{
		map[string]any{"kind": "aws", "name": "typed wrong", "settings": settings, "secrets": map[string]any{"access_key_id": cs[0].value + "\n", "secret_access_key": strings.Repeat(cs[1].value, 9000)}},
		map[string]any{"kind": "aws", "name": "nearly", "settings": map[string]any{"auth": "static_keys", "endpoint_url": "https://user:" + cs[5].value + "@127.0.0.1/"}, "secrets": secrets},
		map[string]any{"kind": "aws", "name": "gossip", "settings": settings, "secrets": secrets}, // the name is taken
	}
	for _, m := range mistakes {
		if _, err := t.say("POST", "/api/v1/connections", m); err != nil {
			return err
		}
	}
	if a, err = t.say("GET", at, nil); err != nil {
		return err
	}
	change := map[string]any{"secrets": map[string]any{"secret_access_key": cs[3].value}}
	if _, err := t.say("PATCH", at, change, "If-Match: "+a.Header.Get("Etag")); err != nil {
		return err
	}
	for _, path := range []string{"/api/v1/connections", at, "/api/v1/tokens", "/api/v1/session", "/metrics", "/api/v1/users"} {
		if _, err := t.say("GET", path, nil); err != nil {
			return err
		}
	}
	return nil
}

// collect reads everything that lies on disk, and the server's log.
func collect(o harness.Options) (map[string][]byte, error) {
	places := map[string][]byte{}
	err := filepath.WalkDir(o.Data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		places[filepath.Base(path)] = text
		return err
	})
	if err != nil {
		return nil, err
	}
	places["server's log"], err = os.ReadFile(o.Data + ".log")
	return places, err
}
