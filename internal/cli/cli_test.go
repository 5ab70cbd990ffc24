package cli

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tocsin/internal/fault"
)

// ran is what one run of the binary did.
type ran struct {
	code     int
	out, err string
}

func run(t *testing.T, local Local, stdin string, args ...string) ran {
	t.Helper()
	return runIn(t.Context(), local, stdin, args...)
}

func runIn(ctx context.Context, local Local, stdin string, args ...string) ran {
	var out, err bytes.Buffer
	code := Main(ctx, args, strings.NewReader(stdin), &out, &err, local)
	return ran{code, out.String(), err.String()}
}

func contextOf(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithCancel(t.Context())
}

func TestServeIsGivenWhatFlagsAndTheEnvironmentSay(t *testing.T) {
	t.Setenv("TOCSIN_DATA", "/from/env")
	t.Setenv("TOCSIN_ADDR", "127.0.0.1:1")
	t.Setenv("TOCSIN_EGRESS_ALLOW", "10.0.0.0/8")
	var got ServeOptions
	local := Local{Serve: func(_ context.Context, o ServeOptions, out, _ io.Writer) error {
		got = o
		_, err := io.WriteString(out, "listening on http://127.0.0.1:2\n")
		return err
	}}
	r := run(t, local, "", "serve", "--addr", "127.0.0.1:2", "--db", "postgres://x/y")
	if r.code != 0 || r.out != "listening on http://127.0.0.1:2\n" || r.err != "" {
		t.Errorf("serve: %+v", r)
	}
	want := ServeOptions{
		StoreOptions: StoreOptions{Data: "/from/env", DB: "postgres://x/y"},
		Addr:         "127.0.0.1:2", EgressAllow: "10.0.0.0/8", LogLevel: "info",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTheFirstAdministratorGetsThePasswordAsItIs(t *testing.T) {
	t.Parallel()
	var password string
	local := Local{Bootstrap: func(_ context.Context, _ StoreOptions, email, pw string) (string, string, error) {
		password = pw
		return "u-1", "tocsin_pat_x", nil
	}}
	r := run(t, local, " spaces stay \r\nnot this\n", "admin", "bootstrap", "--data", "d", "--email", "a@example.org", "--password-stdin", "-o", "json")
	if want := "{\n  \"user_id\": \"u-1\",\n  \"token\": \"tocsin_pat_x\"\n}\n"; r.code != 0 || r.out != want || r.err != "" {
		t.Errorf("got %+v", r)
	}
	if password != " spaces stay " {
		t.Errorf("password %q", password)
	}
}

func TestAFailureHasItsExitCode(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err  error
		code int
		talk string
	}{
		"one that is no fault": {io.ErrUnexpectedEOF, 1, "error: unexpected EOF\n"},
		"invalid":              {fault.Field("email", "is not an address"), 2, "error: email: is not an address\n"},
		"denied":               {fault.New(fault.Denied, "You may not."), 3, "error: You may not.\n"},
		"missing":              {fault.New(fault.Missing, "There is no such team."), 4, "error: There is no such team.\n"},
		"conflict, wrapped":    {fault.Wrap(fault.New(fault.Conflict, "It is set up."), "making"), 5, "error: making: It is set up.\n"},
		"unavailable":          {fault.New(fault.Unavailable, "Not now.").Because(io.EOF), 1, "error: Not now.: EOF\n"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			local := Local{AddUser: func(context.Context, StoreOptions, string, []string, string) (string, string, error) {
				return "", "", tt.err
			}}
			r := run(t, local, "", "admin", "user", "--email", "x", "--role", "viewer")
			if diff := cmp.Diff(ran{tt.code, "", tt.talk}, r, cmp.AllowUnexported(ran{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestACommandLineThatCannotBeRightIsExplained(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args []string
		talk string
	}{
		"unknown command":       {[]string{"serv"}, "error: unknown command \"serv\" for \"tocsin\"; did you mean serve?\nSee: tocsin --help\n"},
		"unknown sub-command":   {[]string{"admin", "usr"}, "error: unknown command \"usr\" for \"tocsin admin\"; did you mean user?\nSee: tocsin admin --help\n"},
		"unknown flag":          {[]string{"serve", "--adr", "x"}, "error: unknown flag: --adr; did you mean --addr?\nSee: tocsin serve --help\n"},
		"missing flag":          {[]string{"admin", "user", "--role", "viewer"}, "error: required flag(s) \"email\" not set\nSee: tocsin admin user --help\n"},
		"too many arguments":    {[]string{"version", "x"}, "error: unknown command \"x\" for \"tocsin version\"; write: tocsin version\nSee: tocsin version --help\n"},
		"unknown output format": {[]string{"doctor", "-o", "jsn"}, "error: output format \"jsn\" is not one of table, json, jsonl, yaml, csv; did you mean json?\nSee: tocsin doctor --help\n"},
		"unknown log level":     {[]string{"serve", "--log-level", "loud"}, "error: log level \"loud\" is not one of debug, info, warn, error\nSee: tocsin serve --help\n"},
		"password as it is not": {[]string{"admin", "bootstrap", "--email", "x"}, "error: the password is read from standard input; say --password-stdin\nSee: tocsin admin bootstrap --help\n"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(ran{2, "", tt.talk}, run(t, Local{}, "", tt.args...), cmp.AllowUnexported(ran{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatFailsAfterItsListIsStillListed(t *testing.T) {
	t.Parallel()
	local := Local{
		Doctor: func(context.Context, ServeOptions) ([]Check, error) {
			return []Check{{"database", true, "ok", "SQLite", ""}, {"disk", true, "warn", "low", "clear it"}, {"key file", false, "fail", "mode 0644", "chmod 600"}}, nil
		},
		VerifyLog: func(context.Context, StoreOptions) (int64, string, error) { return 7, "entry 3 of ticket:x", nil },
	}
	r := run(t, local, "", "doctor")
	if want := (ran{1, "CHECK     RESULT  DETAIL     DO\ndatabase  ok      SQLite\ndisk      WARN    low        clear it\nkey file  FAILED  mode 0644  chmod 600\n", "error: 1 of 3 checks failed.\n"}); r != want {
		t.Errorf("doctor: %+v", r)
	}
	r = run(t, local, "", "log", "verify", "-o", "jsonl")
	if want := (ran{1, `{"ok":false,"entries":7,"broken":"entry 3 of ticket:x"}` + "\n", "error: The journal does not hold: entry 3 of ticket:x\n"}); r != want {
		t.Errorf("log verify: %+v", r)
	}
}

func TestTheSimpleCommandsPrintWhatTheyAreGiven(t *testing.T) {
	t.Parallel()
	local := Local{
		Version: func() []string { return []string{"tocsin 1", "go1.26"} },
		Wire:    func(w io.Writer) error { _, err := io.WriteString(w, "# wire\n"); return err },
		Spec:    func() ([]byte, error) { return []byte("openapi: 3.1.0\n"), nil },
		Migrate: func(context.Context, StoreOptions) (int64, error) { return 1, nil },
	}
	for args, want := range map[string]string{
		"version": "tocsin 1\ngo1.26\n", "wire": "# wire\n", "api spec": "openapi: 3.1.0\n", "migrate": "schema version 1\n",
	} {
		if r := run(t, local, "", strings.Fields(args)...); r != (ran{0, want, ""}) {
			t.Errorf("%s: %+v", args, r)
		}
	}
	if r := run(t, local, "", "completion", "bash"); r.code != 0 || !strings.Contains(r.out, "__start_tocsin") {
		t.Errorf("completion: %d %.100s %s", r.code, r.out, r.err)
	}
}

func TestSomethingForGoodIsDoneOnlyWhenItsNameIsTyped(t *testing.T) {
	t.Parallel()
	for typed, fine := range map[string]bool{"prod\n": true, "prod": true, "PROD\n": false, "\n": false, "": false, "y\n": false} {
		var talk bytes.Buffer
		p := &program{in: strings.NewReader(typed), err: &talk}
		if err := p.typed("prod", "this removes prod"); (err == nil) != fine {
			t.Errorf("%q: %v", typed, err)
		}
		if talk.String() != "this removes prod. Type prod to go on:\n" {
			t.Errorf("it asks %q", talk.String())
		}
	}
}

func TestTheDemoSaysHowFarItIs(t *testing.T) {
	t.Parallel()
	local := Local{Demo: func(_ context.Context, _ StoreOptions, progress func(done, total int)) error {
		for done := range 101 {
			progress(done, 100)
		}
		return nil
	}}
	r := run(t, local, "", "demo")
	if r.code != 0 || r.out != "" || strings.Count(r.err, " of 100\n") != 11 || !strings.HasSuffix(r.err, "marked as demo.\n") {
		t.Errorf("%+v", r)
	}
	local.Demo = func(context.Context, StoreOptions, func(done, total int)) error {
		return fault.New(fault.Conflict, "Real tickets are here.")
	}
	if r := run(t, local, "", "demo"); r != (ran{5, "", "error: Real tickets are here.\n"}) {
		t.Errorf("%+v", r)
	}
}
