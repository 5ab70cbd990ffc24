package cli

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tocsin/internal/api"
	"tocsin/internal/connection"
	"tocsin/internal/connector"
	"tocsin/internal/db"
	"tocsin/internal/db/dbtest"
	"tocsin/internal/duty"
	"tocsin/internal/egress"
	"tocsin/internal/finding"
	"tocsin/internal/identity"
	"tocsin/internal/job"
	"tocsin/internal/journal"
	"tocsin/internal/seal"
	"tocsin/internal/ticket"
)

// world is the real server over real rooms, wired here because app is above
// this room. Its first administrator's token is in the environment.
type world struct {
	t   *testing.T
	url string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	d := dbtest.SQLite(t, time.Now)
	vault := seal.New(seal.RandomKey())
	j := journal.New(vault)
	people := identity.New(identity.Config{DB: d, Journal: j, Vault: vault})
	t.Cleanup(people.Wait)
	findings := must(finding.New(d, j))
	tickets := ticket.New(d, j, findings, ticketPeople())
	log := slog.New(slog.DiscardHandler)
	feed := job.NewFeed(d, log)
	intake := func(ctx context.Context, source string, body []byte) (results []finding.Result, err error) {
		parts, err := finding.Decode(body)
		if err != nil {
			return nil, err
		}
		results = make([]finding.Result, len(parts))
		return results, d.Write(ctx, func(tx *db.Tx) (err error) {
			for i, p := range parts {
				if results[i], err = findings.Take(tx, p, source, tickets.FromFinding); err != nil {
					return err
				}
			}
			return nil
		})
	}
	server := must(api.New(api.Deps{
		DB: d, Journal: j, Identity: people, Findings: findings, Tickets: tickets, Feed: feed, Log: log, Node: "test",
		Intake: intake, Again: intake,
		Duty: duty.New(duty.Config{DB: d, Journal: j}),
		Connections: connection.New(connection.Config{
			DB: d, Journal: j, Vault: vault, Scrub: &seal.Scrubber{}, Guard: egress.New(egress.Config{}), Log: log,
			Kinds: map[string]connector.Kind{"paper": paperKind()},
		}),
	}))
	_, token, err := people.Bootstrap(t.Context(), identity.Setup{Email: "ada@example.org", Name: "Ada", Password: "seven blue herons over the canal"})
	if err != nil {
		t.Fatal(err)
	}
	running, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); feed.Run(running) }()
	t.Cleanup(func() { stop(); <-done })
	s := httptest.NewServer(server.Handler())
	t.Cleanup(s.Close)
	t.Setenv("TOCSIN_URL", s.URL)
	t.Setenv("TOCSIN_TOKEN", token)
	return &world{t, s.URL}
}

func ticketPeople() ticket.People {
	return ticket.People{
		Intake: func(tx *db.Tx) (team, lead string, err error) {
			found, err := identity.IntakeTeam(tx)
			return found.ID, found.Lead, err
		},
		Lead: func(tx *db.Tx, team string) (string, error) {
			found, err := identity.FindTeam(tx, team)
			return found.Lead, err
		},
		Active: identity.IsActive,
		Names: func(tx *db.Tx, ids []string) (map[string]string, error) {
			return identity.NameOf(tx, ids...)
		},
		Zone: func(*db.Tx) (*time.Location, error) { return time.UTC, nil },
	}
}

// paper is a connector that does nothing, to set up and test.
type paper struct{}

func (paper) Check(context.Context) []connector.Check {
	return []connector.Check{{Name: "reach", OK: true, Detail: "Paper is patient."}}
}

func paperKind() connector.Kind {
	return connector.Kind{
		Manifest: connector.MustManifest([]byte("kind: paper\ntitle: Paper\ndescription: A sheet.\nfields:\n" +
			"  - {name: colour, title: Colour, type: text, help: Of the sheet}\n" +
			"  - {name: ink, title: Ink, type: text, secret: true, help: What it is written with}\n")),
		New: func(connector.Config) (connector.Connector, error) { return paper{}, nil },
	}
}

// do runs a command line, in which ~ stands for a space inside a word, and
// checks its exit code.
func (w *world) do(code int, line string, stdin ...string) ran {
	w.t.Helper()
	args := strings.Fields(line)
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "~", " ")
	}
	r := run(w.t, Local{}, strings.Join(stdin, ""), args...)
	if r.code != code {
		w.t.Fatalf("%s: exit code %d, want %d\n%s%s", line, r.code, code, r.out, r.err)
	}
	return r
}

// says checks that a command prints a word.
func (w *world) says(line, word string, stdin ...string) string {
	w.t.Helper()
	r := w.do(0, line, stdin...)
	if !strings.Contains(r.out, word) {
		w.t.Fatalf("%s does not say %q:\n%s%s", line, word, r.out, r.err)
	}
	return r.out
}

// idOf is the id of the first thing that a list shows.
func (w *world) idOf(line string) string {
	w.t.Helper()
	var item struct{ ID string }
	first, _, _ := strings.Cut(w.do(0, line+" -o jsonl").out, "\n")
	if err := json.Unmarshal([]byte(first), &item); err != nil {
		w.t.Fatalf("%s: %v", line, err)
	}
	return item.ID
}

func sample(id string) string {
	return `{"SchemaVersion":"2018-10-08","Id":"` + id + `","ProductArn":"arn:aws:securityhub:eu-west-1::product/aws/securityhub",` +
		`"GeneratorId":"security-control/S3.1","AwsAccountId":"111122223333","CreatedAt":"2026-11-01T00:00:00Z","UpdatedAt":"2026-11-01T00:00:00Z",` +
		`"Title":"S3 buckets should block public access ` + id + `","Description":"A bucket is public.","Severity":{"Label":"HIGH"},` +
		`"Compliance":{"Status":"FAILED"},"Workflow":{"Status":"NEW"},"RecordState":"ACTIVE",` +
		`"Resources":[{"Type":"AwsS3Bucket","Id":"arn:aws:s3:::` + id + `","Partition":"aws","Region":"eu-west-1"}]}`
}

// The way of the README, from finding to closed ticket.
func TestTheRealServerIsWorkedFromTheCommandLine(t *testing.T) {
	w := newWorld(t)
	r := w.do(6, "finding take -o jsonl", sample("bucket-a")+"\n"+sample("bucket-b")+"\n"+`{"what":"is this"}`)
	if strings.Count(r.out, `"outcome":"opened"`) != 2 || strings.Count(r.out, `"outcome":"quarantined"`) != 1 {
		t.Fatalf("taken: %s", r.out)
	}
	w.says("ticket list -q severity>=high~owner:none", "INC-1 ")
	w.says("ticket list --sort number -o csv --limit 1", "INC-1,high,detect")
	w.says("ticket take INC-1", "Ada")
	w.says("ticket take 1", "Ada")
	w.says("ticket ack inc-2", "INC-2")
	w.says("ticket phase INC-1 analysis", "analysis")
	w.says("ticket note INC-1 The~address~is~our~scanner. --significant", "INC-1")
	w.says("ticket link INC-1 INC-2", "INC-1")
	w.says("ticket set INC-1 --severity low --tags a,b", "low")
	w.do(5, "ticket set INC-1 --title x --rev 1")
	w.says("ticket view INC-1", "Tags:          a, b")
	w.says("ticket findings INC-1", "S3 buckets should block")
	w.do(0, "ticket related INC-1")
	w.says("ticket close INC-1 --resolution benign_true_positive --reason Planned~scan", "closed")
	w.do(5, "ticket close INC-1 --resolution benign_true_positive --reason again")
	w.says("ticket reopen INC-1 --reason No", "analysis")
	w.says("ticket log INC-1", "ticket.closed")
	if raw := w.do(0, "ticket log INC-1 --raw").out; !strings.HasPrefix(raw, `{"actor":`) || strings.Count(raw, "\n") < 8 {
		t.Errorf("the bytes of the record: %s", raw)
	}
	if out := w.do(0, "ticket log INC-1 --significant").out; strings.Contains(out, "ticket.linked") || !strings.Contains(out, "owner.taken") {
		t.Errorf("the short story: %s", out)
	}
	w.says("ticket create --title By~hand --severity medium --tag x", "By hand")
	w.do(4, "ticket view INC-999")
	w.do(2, "ticket list -q severity>>high")
}

func TestTheRealServersFindingsAndPolicy(t *testing.T) {
	w := newWorld(t)
	policy := filepath.Join(t.TempDir(), "policy.yaml")
	write := func(text string) {
		if err := os.WriteFile(policy, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(w.says("policy get -o yaml", "rev:"))
	w.says("policy set "+policy, "RULE")
	w.do(5, "policy set "+policy) // its rev is the old one
	write("rules:\n  - {name: nothing, match: 'severity>=critical', then: open, enabled: true}\n  - {name: rest, match: '', then: record, enabled: true}\n")
	w.says("policy set "+policy, "nothing")
	w.says("finding take", "recorded", sample("bucket-c"))
	w.says("policy preview "+policy, "would have opened 0 tickets of 1 findings")
	w.says("policy history", "rules")
	w.says("policy undo 0 --reason As~it~began", "Detections, medium and above")
	w.says("policy show --rev 2", "nothing")
	w.says("policy undo 2 --reason And~again", "nothing")
	ranges := filepath.Join(t.TempDir(), "ranges.txt")
	if err := os.WriteFile(ranges, []byte("198.51.100.0/24 Office\n203.0.113.7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.says("lists set ou/own "+ranges+" --kind cidr", "ou/own")
	w.says("lists set ou/own "+ranges+" --add", "2")
	w.says("lists show @ou/own", "203.0.113.7/32")
	w.says("lists list", "ou/own")
	w.do(2, "lists set ou/own "+ranges+" --kind account")
	w.do(0, "lists delete ou/own --yes")
	w.do(0, "storm list --all")
	w.do(4, "storm group INC-99 --reason x")
	id := w.idOf("finding list -q severity:high")
	w.says("finding view "+id, "Title:         S3 buckets")
	w.says("finding view "+id+" --raw -o json", `"AwsAccountId": "111122223333"`)
	w.says("finding promote "+id+" --reason It~matters", "INC-")
	w.do(6, "finding take", `{"what":1}`)
	bad := w.idOf("quarantine list --state new")
	if got := w.do(0, "quarantine view "+bad+" --bytes").out; got != `{"what":1}` {
		t.Errorf("the bytes are %q", got)
	}
	w.do(6, "quarantine retry "+bad)
	w.says("quarantine list", "api")
	w.do(2, "finding take", "not json")
}

func TestTheRealServersPeopleAndConnections(t *testing.T) {
	w := newWorld(t)
	w.says("user create --email bob@example.org --role analyst", w.url+"/invite?token=")
	w.says("user create --email ci@example.org --role analyst --kind service", "ci@example.org")
	w.says("user invite bob@example.org", "/invite?token=")
	w.says("team create --name Blue --lead ada@example.org", "Blue")
	w.says("team list", "Blue")
	w.says("user list", "bob@example.org")
	made := w.says("token create --name ci --scope intake --user ci@example.org -o jsonl", "tocsin_pat_")
	_, rest, _ := strings.Cut(made, `"token":"`)
	token, _, _ := strings.Cut(rest, `"`)
	admin := os.Getenv("TOCSIN_TOKEN")
	t.Setenv("TOCSIN_TOKEN", token)
	w.do(3, "ticket list")
	w.says("finding take", "opened", sample("bucket-d"))
	t.Setenv("TOCSIN_TOKEN", admin)
	w.do(0, "token revoke "+w.idOf("token list"))
	t.Setenv("TOCSIN_TOKEN", token)
	w.do(3, "finding take", sample("bucket-e"))
	t.Setenv("TOCSIN_TOKEN", admin)
	w.says("user deactivate ci@example.org --yes -o jsonl", `"active":false`)

	t.Setenv("INK", "indelible")
	w.says("connection create --kind paper --name sheet --set colour=white --secret-env ink=INK --disabled -o jsonl", `"secrets":{"ink":"set"}`)
	w.says("connection test sheet", "Paper is patient.")
	w.says("connection enable sheet -o jsonl", `"enabled":true`)
	w.says("connection disable sheet -o jsonl", `"enabled":false`)
	w.says("connection list", "sheet")
	w.do(0, "connection remove sheet --yes")
	w.do(4, "connection view sheet")

	w.says("api GET /tickets/counts", `"open": 1`)
	w.says("api POST /tickets/INC-1/notes --data {\"text\":\"x\"}", `"number": "INC-1"`)
	w.do(2, "api POST /tickets/INC-1/notes --data {\"txt\":\"x\"}")
	w.says("api GET /connectors/aws/template", "AWSTemplateFormatVersion")
}

func TestTheRealServersEvents(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := contextOf(t)
	out := make(chan ran)
	go func() { out <- runIn(ctx, Local{}, "", "events", "tail", "--count", "1", "-o", "jsonl") }()
	go func() { // the stream may not stand yet when the first comes
		for ctx.Err() == nil {
			runIn(ctx, Local{}, "", "ticket", "create", "--title", "x")
			_ = sleep(ctx, 100*time.Millisecond)
		}
	}()
	r := <-out
	cancel()
	if r.code != 0 || !strings.Contains(r.out, `"kind":"ticket.opened"`) || !strings.Contains(r.out, `"number":"INC-`) {
		t.Errorf("%+v", r)
	}
	w.do(0, "ticket list")
}

// What is refused before a server is asked is what the server would refuse.
// A ticket is closed by a command of its own, and merged by one that is not
// there yet.
func TestTheWordsAreThoseOfTheAPI(t *testing.T) {
	t.Parallel()
	spec := tree2(t, string(must(api.New(api.Deps{})).SpecJSON()))
	for path, words := range map[string][]string{
		"NewTicket.properties.severity":     severities(),
		"PhaseMove.properties.to":           append(phases(), "closed"),
		"TicketClose.properties.resolution": append(resolutions(), "merged"),
		"NewUser.properties.kind":           {"person", "service"},
	} {
		enum := at(spec, "components.schemas."+path+".enum")
		if got, want := text(enum), strings.Join(words, ", "); got != want {
			t.Errorf("%s: the API takes %q, the commands %q", path, got, want)
		}
	}
}
