package app

import (
	"database/sql"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"tocsin/internal/api"
	"tocsin/internal/cli"
	"tocsin/internal/db"
	"tocsin/internal/job"
)

// gathered are the families that a scrape shows, by name.
func gathered(t *testing.T, r *Rooms) map[string]*dto.MetricFamily {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	if err := r.register(registry); err != nil {
		t.Fatal(err)
	}
	if _, err := api.New(api.Deps{Metrics: registry}); err != nil { // its own stand beside them
		t.Fatal(err)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*dto.MetricFamily{}
	for _, f := range families {
		out[f.GetName()] = f
	}
	return out
}

// TestEveryMetricHasHelpAndStandsInTheDocs is the list of metrics.
func TestEveryMetricHasHelpAndStandsInTheDocs(t *testing.T) {
	t.Parallel()
	k := newKeeper(t, "")
	k.take(string(sample(1)), `{"what":1}`)
	k.must(k.Backed(k.ctx(), mustBackup(t, k.Rooms)))
	k.watch.set(k.read(k.ctx()))
	docs, err := os.ReadFile(filepath.Join("..", "..", "docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for name, f := range gathered(t, k.Rooms) {
		if !strings.HasPrefix(name, "tocsin_") {
			continue
		}
		names = append(names, name)
		if len(f.GetHelp()) < 8 || !strings.HasSuffix(f.GetHelp(), ".") {
			t.Errorf("%s does not say what it is: %q", name, f.GetHelp())
		}
		if counter := f.GetType() == dto.MetricType_COUNTER; counter != strings.HasSuffix(name, "_total") {
			t.Errorf("%s is a %s", name, f.GetType())
		}
	}
	for _, always := range append(staticNames(k.Rooms), "tocsin_sample_age_seconds") {
		if !slices.Contains(names, always) && !needsMore(always) {
			t.Errorf("%s is not shown", always)
		}
		if !strings.Contains(string(docs), "`"+always+"`") {
			t.Errorf("docs/operations.md does not name %s", always)
		}
	}
}

// staticNames are the metrics of this room.
func staticNames(r *Rooms) []string {
	names := []string{"tocsin_intake_outcomes_total", "tocsin_intake_quarantined_total", "tocsin_intake_decode_seconds"}
	for _, m := range r.counters() {
		names = append(names, m.name)
	}
	for _, h := range (&histograms{r.DB.Gauges()}).all() {
		names = append(names, h.name)
	}
	for _, g := range gauges() {
		names = append(names, g.name)
	}
	return names
}

// needsMore tells the metrics that are there only with connections or jobs.
func needsMore(name string) bool {
	return strings.HasPrefix(name, "tocsin_connection_") || name == "tocsin_jobs"
}

func mustBackup(t *testing.T, r *Rooms) db.Archived {
	t.Helper()
	a, err := r.Backup(t.Context(), &strings.Builder{})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func value(t *testing.T, f *dto.MetricFamily, label string) float64 {
	t.Helper()
	for _, m := range f.GetMetric() {
		for _, l := range m.GetLabel() {
			if l.GetValue() == label {
				return m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
		if label == "" {
			return m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	t.Errorf("%s has no %q", f.GetName(), label)
	return 0
}

func TestMetricsSayWhatHappened(t *testing.T) {
	t.Parallel()
	eachKeeper(t, func(t *testing.T, k *keeper) {
		k.take(string(sample(1)), string(sample(1)), recorded(2), `{"what":1}`)
		k.must(k.DB.Write(k.ctx(), func(tx *db.Tx) error {
			if err := job.Enqueue(tx, job.Spec{Kind: "wait", Key: "1", RunAt: tx.Now() + 1e12}); err != nil {
				return err
			}
			_, err := tx.Exec(`INSERT INTO reader_stuck(name, pos, attempts, error, at) VALUES ('ticket.sightings',1,5,'x',$1)`, tx.Now())
			return err
		}))
		place1(t, k.Rooms)
		k.days(2)
		k.watch.set(k.read(k.ctx()))
		all := gathered(t, k.Rooms)
		for name, want := range map[string]map[string]float64{
			"tocsin_intake_outcomes_total":    {"opened": 1, "duplicate": 1, "recorded": 1, "quarantined": 1, "joined": 0},
			"tocsin_intake_quarantined_total": {"unknown-format": 1},
			"tocsin_jobs":                     {"wait": 1},
			"tocsin_reader_stuck":             {"ticket.sightings": 1},
			"tocsin_quarantine_waiting":       {"": 1},
		} {
			if all[name] == nil {
				t.Errorf("%s is not shown", name)
				continue
			}
			for label, n := range want {
				if got := value(t, all[name], label); got != n {
					t.Errorf("%s{%s} is %v, want %v", name, label, got, n)
				}
			}
		}
		for _, name := range []string{"tocsin_reader_lag_entries", "tocsin_reader_lag_seconds", "tocsin_db_bytes"} {
			if got := value(t, all[name], map[bool]string{true: "ticket.sightings"}[strings.Contains(name, "reader")]); got <= 0 {
				t.Errorf("%s is %v", name, got)
			}
		}
		if all["tocsin_db_commit_seconds"].GetMetric()[0].GetHistogram().GetSampleCount() == 0 {
			t.Error("no commit took any time")
		}
		if all["tocsin_backup_age_seconds"] != nil {
			t.Error("a backup that was never made has an age")
		}
	})
}

func TestHealthSaysWhatAnAdministratorShouldKnow(t *testing.T) {
	t.Parallel()
	k := newKeeper(t, "")
	keys := func() (out []string) {
		k.ahead.Add(int64(time.Minute))
		h, err := k.Health(k.ctx())
		k.must(err)
		// No reader runs in this test.
		h.Notices = slices.DeleteFunc(h.Notices, func(n api.HealthNotice) bool { return n.Key == "reader-behind" })
		for _, n := range h.Notices {
			if n.Text == "" || n.Do == "" {
				t.Errorf("%+v", n)
			}
			out = append(out, n.Key)
		}
		return out
	}
	if got := keys(); got != nil {
		t.Errorf("a new installation is told %v", got)
	}
	k.days(8)
	if diff := cmp.Diff([]string{"backup-overdue"}, keys()); diff != "" {
		t.Error(diff)
	}
	k.must(k.Backed(k.ctx(), mustBackup(t, k.Rooms)))
	if got := keys(); got != nil {
		t.Errorf("after a backup it says %v", got)
	}
	k.free.Store(4 * gib)
	k.must(k.DB.Write(k.ctx(), func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO reader_stuck(name, pos, attempts, error, at) VALUES ('ticket.sightings',1,5,'x',$1)`, tx.Now())
		return err
	}))
	if diff := cmp.Diff([]string{"disk-low", "reader-stuck"}, keys()); diff != "" {
		t.Error(diff)
	}
}

// checked is what the doctor says, by name.
func checked(t *testing.T, o cli.ServeOptions) map[string]cli.Check {
	t.Helper()
	checks, err := doctor(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]cli.Check{}
	for _, c := range checks {
		if (c.Do == "") != (c.State == "ok") {
			t.Errorf("%+v does not say what to do", c)
		}
		out[c.Name] = c
	}
	return out
}

func TestTheDoctorFindsAWholeInstallationWellBesideAServerOrWithout(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, url string) {
		p := made(t, url, 3)
		o := cli.ServeOptions{StoreOptions: p.o, Addr: "127.0.0.1:8080"}
		for _, running := range []bool{false, true} {
			if running {
				_ = p.open(t)
			}
			for name, c := range checked(t, o) {
				if c.State != "ok" {
					t.Errorf("running %v: %s: %+v", running, name, c)
				}
			}
		}
	})
}

func TestTheDoctorFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	p := made(t, "", 3)
	o := cli.ServeOptions{StoreOptions: p.o, Addr: "127.0.0.1:8080"}
	with := func(change func(o *cli.ServeOptions)) cli.ServeOptions {
		c := o
		change(&c)
		return c
	}
	for name, want := range map[string]struct {
		o            cli.ServeOptions
		check, state string
	}{
		"an open address":           {with(func(o *cli.ServeOptions) { o.Addr = "0.0.0.0:8080" }), "address", "warn"},
		"people without TLS":        {with(func(o *cli.ServeOptions) { o.PublicURL = "http://soc.example.org" }), "address", "warn"},
		"TLS at a proxy":            {with(func(o *cli.ServeOptions) { o.Addr, o.PublicURL = "0.0.0.0:80", "https://soc.example.org" }), "address", "ok"},
		"everything may be reached": {with(func(o *cli.ServeOptions) { o.EgressAllow = "0.0.0.0/0" }), "egress", "warn"},
		"the metadata address":      {with(func(o *cli.ServeOptions) { o.EgressAllow = "169.254.169.254/32" }), "egress", "warn"},
		"a wide network":            {with(func(o *cli.ServeOptions) { o.EgressAllow = "10.0.0.0/8" }), "egress", "warn"},
		"one system":                {with(func(o *cli.ServeOptions) { o.EgressAllow = "10.1.2.0/24" }), "egress", "ok"},
		"no network at all":         {with(func(o *cli.ServeOptions) { o.EgressAllow = "10.1.2" }), "egress", "fail"},
		"no key":                    {with(func(o *cli.ServeOptions) { o.KeyFile += ".x" }), "key file", "fail"},
		"no database":               {with(func(o *cli.ServeOptions) { o.Data += ".x" }), "database", "fail"},
	} {
		if got := checked(t, want.o)[want.check]; got.State != want.state {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if _, err := os.Stat(p.o.KeyFile + ".x"); err == nil {
		t.Error("the doctor made a key file")
	}
	if err := os.Chmod(p.o.KeyFile, 0o644); err != nil { //nolint:gosec // that is the point
		t.Fatal(err)
	}
	if got := checked(t, o)["key file"]; got.State != "fail" || !strings.Contains(got.Detail, "chmod 600") {
		t.Errorf("a key that all can read: %+v", got)
	}
}

func TestTheDoctorFindsABrokenChainAndADamagedFile(t *testing.T) {
	t.Parallel()
	p := made(t, "", 3)
	r := p.open(t)
	raw := rawFile(t, p)
	if _, err := raw.ExecContext(t.Context(), `DROP TRIGGER entry_no_update`); err != nil {
		t.Fatal(err)
	}
	if _, err := raw.ExecContext(t.Context(), `UPDATE entry SET actor = 'user:eve' WHERE ord = 4`); err != nil {
		t.Fatal(err)
	}
	if got := r.journalCheck(t.Context()); got.State != "fail" || !strings.Contains(got.Detail, "chain") {
		t.Errorf("%+v", got)
	}
	shut(t, r)
	o := cli.ServeOptions{StoreOptions: p.o, Addr: "127.0.0.1:8080"}
	name := filepath.Join(p.o.Data, db.FileName)
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for i := 40 * 4096; i < 60*4096; i++ {
		whole[i] ^= 0xff
	}
	if err := os.WriteFile(name, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	sick := 0
	for _, c := range checked(t, o) {
		if c.State == "fail" {
			sick++
		}
	}
	if sick == 0 {
		t.Error("twenty pages of garbage are well")
	}
}

// rawFile opens the database beside the product, as somebody with root may.
func rawFile(t *testing.T, p place) *sql.DB {
	t.Helper()
	raw, err := sql.Open("sqlite3", "file:"+filepath.Join(p.o.Data, db.FileName))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = raw.Close() })
	return raw
}

func TestARunningServerAnswersForItself(t *testing.T) {
	t.Parallel()
	k := newKeeper(t, "")
	checks := k.examine(t.Context(), cli.ServeOptions{StoreOptions: cli.StoreOptions{Data: k.settings.Data, KeyFile: k.settings.KeyFile}, Addr: (&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1}).String()})
	if len(checks) < 18 {
		t.Errorf("only %d checks", len(checks))
	}
	for _, c := range checks {
		if c.State != "ok" && c.Name != "clock" { // the test's clock is not the machine's
			t.Errorf("%+v", c)
		}
	}
}
