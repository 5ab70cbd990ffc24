package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
)

// installed is a world that knows of its installation, and what was recorded.
func installed(t *testing.T) (w *world, recorded *[]db.Archived) {
	t.Helper()
	recorded = &[]db.Archived{}
	kept := Retention{RetentionSettings: RetentionSettings{OriginalsDays: 9}, Rev: 3}
	w = newWorld(t, func(d *Deps) {
		d.Installation = Installation{
			Health: func(context.Context) (Health, error) { return Health{State: "ok", Engine: "SQLite"}, nil },
			Doctor: func(context.Context) ([]Check, error) { return []Check{{"disk", true, "warn", "low", "clear it"}}, nil },
			Backup: func(ctx context.Context, to io.Writer) (db.Archived, error) {
				return d.DB.Archive(ctx, to, func(*db.Tx, *db.Head) error { return nil })
			},
			Backed:    func(_ context.Context, a db.Archived) error { *recorded = append(*recorded, a); return nil },
			Retention: func(context.Context) (Retention, error) { return kept, nil },
			SetRetention: func(_ context.Context, s RetentionSettings, rev int64) (Retention, error) {
				if rev != kept.Rev {
					return Retention{}, fault.New(fault.Conflict, "It was changed.").WithSlug("stale-revision")
				}
				kept.RetentionSettings = s
				return kept, nil
			},
			PreviewRetention: func(context.Context, RetentionSettings) (RetentionPreview, error) {
				return RetentionPreview{Items: []RetentionItem{{Kind: "tickets", Count: 4}}}, nil
			},
		}
	})
	return w, recorded
}

func TestWhoMaySeeTheInstallationAndWhoMayTakeABackup(t *testing.T) {
	t.Parallel()
	w, _ := installed(t)
	tokens := map[string]string{}
	for _, role := range identity.RoleNames() {
		tokens[role] = w.token(role)
	}
	for _, test := range []struct {
		method, path, body string
		may                []string
	}{
		{"GET", "health", "", []string{identity.TenantAdmin, identity.Manager}},
		{"GET", "doctor", "", []string{identity.TenantAdmin, identity.Manager}},
		{"GET", "retention", "", []string{identity.TenantAdmin, identity.Manager}},
		{"POST", "retention/preview", `{"originals_days":1,"findings_days":1,"quarantine_days":1,"tickets_days":1,"min_free_bytes":0,"min_free_percent":0,"backup_days":1}`, []string{identity.TenantAdmin, identity.Manager}},
		{"POST", "backups", "", []string{identity.TenantAdmin}},
	} {
		for _, role := range identity.RoleNames() {
			a := w.do(req{method: test.method, path: test.path, body: test.body, token: tokens[role]})
			allowed := strings.Contains(strings.Join(test.may, " "), role)
			if allowed != (a.status == http.StatusOK) || (!allowed && a.status != http.StatusForbidden) {
				t.Errorf("%s %s as %s: %d", test.method, test.path, role, a.status)
			}
		}
	}
}

func TestABackupIsStreamedWholeAndRecorded(t *testing.T) {
	t.Parallel()
	w, recorded := installed(t)
	a := w.do(req{method: "POST", path: "backups", token: w.admin})
	if a.status != http.StatusOK || a.header.Get("Content-Type") != "application/zstd" {
		t.Fatalf("%d %v", a.status, a.header)
	}
	got, err := db.VerifyArchive(bytes.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	if len(*recorded) != 1 || (*recorded)[0].SHA256 != got.SHA256 {
		t.Errorf("recorded %+v, sent %s", *recorded, got.SHA256)
	}
}

func TestABackupIsRefused(t *testing.T) {
	t.Parallel()
	w, recorded := installed(t)
	if a := w.do(req{method: "POST", path: "backups", token: w.admin, header: map[string]string{"Idempotency-Key": "again"}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("with a key: %d", a.status)
	}
	if a := w.do(req{method: "POST", path: "backups?x=1", token: w.admin}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("with a parameter: %d", a.status)
	}
	w.server.backing.Lock()
	a := w.do(req{method: "POST", path: "backups", token: w.admin})
	w.server.backing.Unlock()
	if a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") == "" {
		t.Errorf("beside another: %d", a.status)
	}
	w.server.deps.Installation.Backup = func(context.Context, io.Writer) (db.Archived, error) {
		return db.Archived{}, fault.New(fault.Unavailable, "The database is busy.")
	}
	if a := w.do(req{method: "POST", path: "backups", token: w.admin}); a.status != http.StatusServiceUnavailable {
		t.Errorf("that cannot begin: %d", a.status)
	}
	if len(*recorded) != 0 {
		t.Errorf("recorded %+v", *recorded)
	}
}

// A backup that breaks half-way must not look like a whole one.
func TestABackupThatBreaksIsCutOff(t *testing.T) {
	t.Parallel()
	w, recorded := installed(t)
	w.server.deps.Installation.Backup = func(_ context.Context, to io.Writer) (db.Archived, error) {
		_, _ = io.WriteString(to, strings.Repeat("half of it ", 10_000))
		return db.Archived{}, errors.New("the disk is gone")
	}
	server := httptest.NewServer(w.server.Handler())
	defer server.Close()
	ask, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/api/v1/backups", nil)
	if err != nil {
		t.Fatal(err)
	}
	ask.Header.Set("Authorization", "Bearer "+w.admin)
	resp, err := http.DefaultClient.Do(ask)
	if err == nil {
		_, err = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
	}
	if err == nil {
		t.Error("half a backup ends like a whole one")
	}
	if len(*recorded) != 0 {
		t.Errorf("recorded %+v", *recorded)
	}
}

func TestRetentionIsChangedAtTheRevisionThatWasRead(t *testing.T) {
	t.Parallel()
	w, _ := installed(t)
	const body = `{"originals_days":30,"findings_days":0,"quarantine_days":0,"tickets_days":0,"min_free_bytes":0,"min_free_percent":5,"backup_days":1}`
	for rev, want := range map[string]int{"": http.StatusPreconditionRequired, `"2"`: http.StatusPreconditionFailed, `"3"`: http.StatusOK} {
		a := w.do(req{method: "PUT", path: "retention", body: body, token: w.admin, header: map[string]string{"If-Match": rev}})
		if a.status != want {
			t.Errorf("If-Match %s: %d, want %d: %s", rev, a.status, want, a.body)
		}
	}
	bad := strings.Replace(body, `"min_free_percent":5`, `"min_free_percent":500`, 1)
	if a := w.do(req{method: "PUT", path: "retention", body: bad, token: w.admin, header: map[string]string{"If-Match": `"3"`}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("a percentage of 500: %d", a.status)
	}
}

func TestRefusalsAreCountedByReason(t *testing.T) {
	t.Parallel()
	w, _ := installed(t)
	w.do(req{method: "GET", path: "health"})
	w.do(req{method: "GET", path: "nothing", token: w.admin})
	families, err := w.deps.Metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]float64{}
	for _, f := range families {
		if f.GetName() != "tocsin_http_refusals_total" {
			continue
		}
		for _, m := range f.GetMetric() {
			seen[m.GetLabel()[0].GetValue()] = m.GetCounter().GetValue()
		}
	}
	if seen[slugUnauthenticated] != 1 || seen["no-route"] != 1 {
		t.Errorf("%v", seen)
	}
}
