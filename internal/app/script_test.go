package app

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"tocsin": func() { os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }})
}

// TestScripts runs the real binary against real directories and a server.
//
// `exits CODE tocsin …` runs the binary and checks its exit code; `token FILE`
// takes the token out of what bootstrap printed; `ready` waits for the server
// at $TOCSIN_ADDR; `flip FILE N` damages a byte of a file.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setScript,
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits": exits, "token": token, "ready": ready, "flip": flip,
		},
	})
}

func setScript(env *testscript.Env) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	env.Setenv("TOCSIN_ADDR", l.Addr().String())
	env.Setenv("SERVER", "http://"+l.Addr().String())
	env.Setenv("XDG_CONFIG_HOME", filepath.Join(env.WorkDir, "config"))
	return l.Close()
}

func exits(ts *testscript.TestScript, _ bool, args []string) {
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

func token(ts *testscript.TestScript, _ bool, args []string) {
	var said struct{ Token string }
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &said))
	ts.Setenv("TOCSIN_TOKEN", said.Token)
}

func ready(ts *testscript.TestScript, _ bool, _ []string) {
	for range 200 {
		resp, err := http.Get(ts.Getenv("SERVER") + "/readyz")
		if err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	ts.Fatalf("the server does not get ready")
}

func flip(ts *testscript.TestScript, _ bool, args []string) {
	at, err := strconv.Atoi(args[1])
	ts.Check(err)
	name := ts.MkAbs(args[0])
	b, err := os.ReadFile(name)
	ts.Check(err)
	b[at] ^= 0x10
	ts.Check(os.WriteFile(name, b, 0o600))
}

// unused words of the scripts would hide a mistake in one.
func TestTheScriptsUseEveryCommandOfTheirs(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("testdata", "script", "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	all := ""
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all += "\n" + string(text)
	}
	for _, word := range []string{"exits", "token", "ready", "flip"} {
		if !strings.Contains(all, "\n"+word+" ") && !strings.Contains(all, "\n"+word+"\n") {
			t.Errorf("%s is used by no script", word)
		}
	}
}
