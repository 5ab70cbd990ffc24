package app

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin/internal/cli"
	"tocsin/internal/db"
	"tocsin/internal/db/dbtest"
	"tocsin/internal/identity"
)

const (
	hookSecret  = "a-secret-of-the-test-0123456789"
	hookMapping = `{"items":"$.alerts","fields":{"uid":"$.id","title":"$.name","severity":"$.prio","resource":"$.host"},"severities":{"P1":"critical"}}`
)

// hookWorld is a whole installation behind HTTP.
type hookWorld struct {
	t     *testing.T
	r     *Rooms
	h     http.Handler
	token string
	ahead *atomic.Int64
}

func newHookWorld(t *testing.T, url string) *hookWorld {
	t.Helper()
	w := &hookWorld{t: t, ahead: &atomic.Int64{}}
	r, err := Open(context.Background(), Settings{
		Data: filepath.Join(t.TempDir(), "data"), DB: url, Log: slog.New(slog.DiscardHandler),
		Clock: func() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	if _, w.token, err = r.Identity.Bootstrap(context.Background(), identity.Setup{Email: "a@example.org"}); err != nil {
		t.Fatal(err)
	}
	w.r = r
	if w.h, err = r.handler(cli.ServeOptions{}, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}); err != nil {
		t.Fatal(err)
	}
	return w
}

type reply struct {
	status int
	body   map[string]any
	text   string
}

func (w *hookWorld) do(method, path, body string, header http.Header) reply {
	w.t.Helper()
	req := httptest.NewRequest(method, "/api/v1/"+path, strings.NewReader(body))
	req.Header = header
	out := httptest.NewRecorder()
	w.h.ServeHTTP(out, req)
	a := reply{status: out.Code, text: out.Body.String()}
	_ = json.Unmarshal(out.Body.Bytes(), &a.body)
	return a
}

// as asks with the administrator's token.
func (w *hookWorld) as(method, path, body string, more ...string) reply {
	w.t.Helper()
	h := http.Header{"Authorization": {"Bearer " + w.token}, "Content-Type": {"application/json"}}
	for i := 0; i < len(more); i += 2 {
		h.Set(more[i], more[i+1])
	}
	return w.do(method, path, body, h)
}

func (a reply) outcomes() string {
	list, _ := a.body["results"].([]any)
	out := []string{}
	for _, item := range list {
		out = append(out, fmt.Sprint(item.(map[string]any)["outcome"]))
	}
	return fmt.Sprintf("%d %s", a.status, strings.Join(out, " "))
}

func (w *hookWorld) webhook(settings string) string {
	w.t.Helper()
	a := w.as("POST", "connections", `{"kind":"webhook","name":"Sensor","settings":`+settings+`,"secrets":{"signing_secret":"`+hookSecret+`"}}`)
	if a.status != http.StatusCreated {
		w.t.Fatalf("%d %s", a.status, a.text)
	}
	return a.body["id"].(string)
}

func (w *hookWorld) mapped() string {
	return w.webhook(`{"scheme":"standard","format":"mapping","mapping":` + hookMapping + `}`)
}

func (w *hookWorld) signed(id, body string) http.Header {
	at := fmt.Sprint(db.Time(w.r.DB.Now()).Unix())
	mac := hmac.New(sha256.New, []byte(hookSecret))
	_, _ = io.WriteString(mac, id+"."+at+"."+body)
	return http.Header{
		"Content-Type": {"application/json"}, "Webhook-Id": {id}, "Webhook-Timestamp": {at},
		"Webhook-Signature": {"v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))},
	}
}

func alerts(items ...string) string { return `{"alerts":[` + strings.Join(items, ",") + `]}` }

func alert(id string) string {
	return `{"id":"` + id + `","name":"Beacon","prio":"P1","host":"web-1","x":"` + id + `"}`
}

func eachHook(t *testing.T, fn func(t *testing.T, w *hookWorld)) {
	t.Run("SQLite", func(t *testing.T) { t.Parallel(); fn(t, newHookWorld(t, "")) })
	t.Run("PostgreSQL", func(t *testing.T) { t.Parallel(); fn(t, newHookWorld(t, dbtest.PostgresURL(t))) })
}

func TestASignedCallOpensATicket(t *testing.T) {
	t.Parallel()
	eachHook(t, func(t *testing.T, w *hookWorld) {
		id := w.mapped()
		body := alerts(alert("a"), `{"id":"b"}`, alert("c"))
		got := w.do("POST", "hooks/"+id, body, w.signed("m1", body))
		if got.outcomes() != "200 opened quarantined joined" && got.outcomes() != "200 opened quarantined opened" {
			t.Fatalf("%s %s", got.outcomes(), got.text)
		}
		first := got.body["results"].([]any)[0].(map[string]any)
		f := w.as("GET", "findings/"+first["finding_id"].(string), "")
		want := []any{"custom", "a", "Beacon", "critical", "Sensor", "web-1", "connection:" + id}
		if d := cmp.Diff(want, []any{f.body["format"], f.body["uid"], f.body["title"], f.body["severity"], f.body["product"], f.body["resource"], f.body["source"]}); d != "" {
			t.Error(d)
		}
		if raw, _ := json.Marshal(f.body["raw"]); !strings.Contains(string(raw), `"original":{"host":"web-1","id":"a","name":"Beacon","prio":"P1","x":"a"}`) {
			t.Errorf("raw = %s", raw)
		}
		again := alerts(strings.Replace(alert("a"), "web-1", "web-2", 1))
		if got := w.do("POST", "hooks/"+id, again, w.signed("m2", again)).outcomes(); got != "200 updated" {
			t.Errorf("a revision: %s", got)
		}
		f = w.as("GET", "findings/"+first["finding_id"].(string), "")
		if revs := f.body["revisions"].([]any); len(revs) != 2 || !strings.Contains(fmt.Sprint(revs[1]), "path:resource") {
			t.Errorf("revisions = %v", revs)
		}
		seen := w.as("GET", "connections/"+id+"/deliveries", "").body["items"].([]any)
		if len(seen) != 2 || seen[1].(map[string]any)["parts"] != 3.0 || seen[1].(map[string]any)["quarantined"] != 1.0 {
			t.Errorf("deliveries = %v", seen)
		}
	})
}

func TestAFiftyfoldDeliveryMakesOneFinding(t *testing.T) {
	t.Parallel()
	eachHook(t, func(t *testing.T, w *hookWorld) {
		id := w.mapped()
		body := alerts(alert("a"))
		header := w.signed("m1", body)
		var opened, copies atomic.Int64
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				got := w.do("POST", "hooks/"+id, body, header)
				switch {
				case got.outcomes() == "200 opened":
					opened.Add(1)
				case got.status == http.StatusOK && got.body["duplicate"] == true && got.outcomes() == "200 ":
					copies.Add(1)
				default:
					t.Errorf("%d %s", got.status, got.text)
				}
			})
		}
		wg.Wait()
		if opened.Load() != 1 || copies.Load() != 49 {
			t.Errorf("%d opened, %d copies", opened.Load(), copies.Load())
		}
		f := w.as("GET", "findings", "").body["items"].([]any)
		if len(f) != 1 || f[0].(map[string]any)["seen_count"] != 1.0 {
			t.Errorf("findings = %v", f)
		}
	})
}

func TestWhatIsNotProvenLeavesNothingButACount(t *testing.T) {
	t.Parallel()
	w := newHookWorld(t, "")
	id := w.mapped()
	body := alerts(alert("a"))
	good := w.signed("m1", body)
	with := func(name, value string) http.Header {
		h := good.Clone()
		h.Set(name, value)
		return h
	}
	old := w.signed("m0", body)
	w.ahead.Store(int64(301 * time.Second))
	fresh := w.signed("m2", body)
	answers := map[string]bool{}
	for name, tt := range map[string]struct {
		id, body string
		header   http.Header
	}{
		"no signature":       {id, body, http.Header{"Content-Type": {"application/json"}}},
		"a wrong one":        {id, body, with("Webhook-Signature", "v1,AAAA")},
		"an old one":         {id, body, old},
		"another body":       {id, alerts(alert("b")), fresh},
		"another connection": {"01900000-0000-7000-8000-000000000000", body, fresh},
		"rubbish for an id":  {"%27%20OR%201=1", body, fresh},
	} {
		got := w.do("POST", "hooks/"+tt.id, tt.body, tt.header)
		if got.status != http.StatusUnauthorized {
			t.Errorf("%s: %d %s", name, got.status, got.text)
		}
		delete(got.body, "instance")
		answers[fmt.Sprint(got.body)] = true
	}
	if len(answers) != 1 {
		t.Errorf("the answers differ: %v", answers)
	}
	for _, path := range []string{"findings", "quarantine", "tickets", "connections/" + id + "/deliveries"} {
		if items := w.as("GET", path, "").body["items"].([]any); len(items) != 0 {
			t.Errorf("%s = %v", path, items)
		}
	}
	if got := w.do("POST", "hooks/"+id, body, fresh).outcomes(); got != "200 opened" {
		t.Error(got)
	}
}

func TestWhatIsSignedAndUnreadableIsEvidence(t *testing.T) {
	t.Parallel()
	w := newHookWorld(t, "")
	id := w.mapped()
	for i, body := range []string{`{"other":1}`, `hello`, ``, `[`} {
		if got := w.do("POST", "hooks/"+id, body, w.signed(fmt.Sprint(i), body)).outcomes(); got != "200 quarantined" {
			t.Errorf("%q: %s", body, got)
		}
	}
	big := alerts(alert(strings.Repeat("x", 1<<20)))
	if got := w.do("POST", "hooks/"+id, big, w.signed("big", big)); got.status != http.StatusRequestEntityTooLarge {
		t.Errorf("a body over 1 MiB: %d", got.status)
	}
}

func TestAMendedMappingReadsWhatItFailedOn(t *testing.T) {
	t.Parallel()
	w := newHookWorld(t, "")
	id := w.mapped()
	body := alerts(strings.Replace(alert("a"), "P1", "P9", 1))
	if got := w.do("POST", "hooks/"+id, body, w.signed("m1", body)).outcomes(); got != "200 quarantined" {
		t.Fatal(got)
	}
	kept := w.as("GET", "quarantine", "").body["items"].([]any)[0].(map[string]any)
	if kept["field"] != "alerts[0], severity" {
		t.Errorf("field = %v", kept["field"])
	}
	retry := func() string { return w.as("POST", "quarantine/"+kept["id"].(string)+"/retry", "").outcomes() }
	if got := retry(); got != "200 quarantined" {
		t.Errorf("before it is mended: %s", got)
	}
	settings := `{"settings":{"scheme":"standard","format":"mapping","mapping":` + strings.Replace(hookMapping, `"P1"`, `"P9":"high","P1"`, 1) + `}}`
	if a := w.as("PATCH", "connections/"+id, settings, "If-Match", `"1"`); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.text)
	}
	if got := retry(); got != "200 opened" {
		t.Errorf("after: %s", got)
	}
}

func TestAKnownFormatComesByWebhookToo(t *testing.T) {
	t.Parallel()
	w := newHookWorld(t, "")
	id := w.webhook(`{"scheme":"bearer","format":"auto"}`)
	header := http.Header{"Content-Type": {"application/json; charset=utf-8"}, "Authorization": {"Bearer " + hookSecret}}
	body := "[" + string(sample(1))
	for i := range int64(150) {
		body += "," + string(sample(i+2))
	}
	got := w.do("POST", "hooks/"+id, body+"]", header)
	if list, _ := got.body["results"].([]any); got.status != http.StatusOK || len(list) != 151 {
		t.Fatalf("%d results, %d %.300s", len(list), got.status, got.text)
	}
	if got := w.do("POST", "hooks/"+id, body+"]", header); got.body["duplicate"] != true {
		t.Errorf("again: %.300s", got.text)
	}
	challenge := `{"token":"x","type":"url_verification","challenge":"c-1"}`
	if got := w.do("POST", "hooks/"+id, challenge, header); got.body["challenge"] != "c-1" {
		t.Errorf("challenge: %s", got.text)
	}
}

func TestATableIsTakenInWithAndWithoutAMapping(t *testing.T) {
	t.Parallel()
	w := newHookWorld(t, "")
	own := "uid,title,severity\n1,One,high\n2,Two,odd\n3,=1+1,low\n"
	if got := w.as("POST", "findings", own, "Content-Type", "text/csv").outcomes(); got != "200 opened quarantined recorded" {
		t.Errorf("its own columns: %s", got)
	}
	id := w.mapped()
	for _, ref := range []string{id, "Sensor"} {
		got := w.as("POST", "findings?mapping="+ref, "id,name,prio\n7,Seven,P1\n", "Content-Type", "text/csv")
		if got.outcomes() != "200 opened" && got.outcomes() != "200 duplicate" {
			t.Errorf("%s: %s %s", ref, got.outcomes(), got.text)
		}
	}
	if got := w.as("POST", "findings?mapping="+id, alerts(alert("a"))).outcomes(); got != "200 opened" && got != "200 joined" {
		t.Errorf("JSON with a mapping: %s", got)
	}
	form, kind := formOf(t, `{"fields":{"uid":"$.Nr","title":"$.What","severity":"medium","product":"Scanner"}}`, "Nr;What\n1;Odd\n")
	if got := w.as("POST", "findings", form, "Content-Type", kind).outcomes(); got != "200 recorded" && got != "200 opened" {
		t.Errorf("a form: %s", got)
	}
	for name, tt := range map[string]struct {
		path, body, kind string
		status           int
	}{
		"no such connection":  {"findings?mapping=nobody", own, "text/csv", 404},
		"no such parameter":   {"findings?map=x", own, "text/csv", 422},
		"no known columns":    {"findings", "a,b\n1,2\n", "text/csv", 400},
		"too many rows":       {"findings", "uid,title,severity\n" + strings.Repeat("1,t,low\n", 5001), "text/csv", 413},
		"a form with nothing": {"findings", "", "multipart/form-data; boundary=x", 422},
	} {
		if got := w.as("POST", tt.path, tt.body, "Content-Type", tt.kind); got.status != tt.status {
			t.Errorf("%s: %d %s", name, got.status, got.text)
		}
	}
}

func formOf(t *testing.T, mapping, file string) (body, kind string) {
	t.Helper()
	var out bytes.Buffer
	form := multipart.NewWriter(&out)
	for name, text := range map[string]string{"mapping": mapping, "file": file} {
		h := textproto.MIMEHeader{"Content-Disposition": {`form-data; name="` + name + `"; filename="/etc/passwd"`}, "Content-Type": {map[string]string{"mapping": "application/json", "file": "text/csv"}[name]}}
		part, err := form.CreatePart(h)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(part, text)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String(), form.FormDataContentType()
}

func TestTryingAMappingStoresNothing(t *testing.T) {
	t.Parallel()
	w := newHookWorld(t, "")
	ask, _ := json.Marshal(map[string]any{"mapping": json.RawMessage(hookMapping), "sample": alerts(alert("a"), `{"id":"b","name":"n"}`), "content_type": "application/json", "product": "Sensor"})
	got := w.as("POST", "mappings/try", string(ask))
	if got.status != http.StatusOK || got.body["total"] != 2.0 {
		t.Fatalf("%d %s", got.status, got.text)
	}
	items := got.body["items"].([]any)
	f := items[0].(map[string]any)["finding"].(map[string]any)
	e := items[1].(map[string]any)["error"].(map[string]any)
	if f["title"] != "Beacon" || f["product"] != "Sensor" || e["field"] != "severity" {
		t.Errorf("%v %v", f, e)
	}
	if list := w.as("GET", "findings", "").body["items"].([]any); len(list) != 0 {
		t.Errorf("findings = %v", list)
	}
	if fields := w.as("GET", "mappings/fields", "").body["items"].([]any); len(fields) < 25 {
		t.Errorf("%d fields", len(fields))
	}
	broken, _ := json.Marshal(map[string]any{"mapping": map[string]any{}, "sample": "hello", "content_type": "application/json"})
	if got := w.as("POST", "mappings/try", string(broken)); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.text, "body.sample") {
		t.Errorf("a sample that is none: %d %s", got.status, got.text)
	}
}

func TestCallsAreLimitedBeforeAnythingElse(t *testing.T) {
	t.Parallel()
	w := newHookWorld(t, "")
	refused := 0
	for range 3000 {
		if got := w.do("POST", "hooks/nobody", "{}", http.Header{"Content-Type": {"application/json"}}); got.status == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused == 0 || w.r.Connections.Hooks.Limited.Load() != int64(refused) {
		t.Errorf("%d of 3000 were limited, %d counted", refused, w.r.Connections.Hooks.Limited.Load())
	}
}
