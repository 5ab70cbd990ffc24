package app

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tocsin/internal/cli"
	"tocsin/internal/identity"
	"tocsin/internal/identity/identitytest"
)

// TestTheCommandLineLetsInWhoeverIsLockedOut runs the command against the data
// of a stopped server.
func TestTheCommandLineLetsInWhoeverIsLockedOut(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	const email, password = "ann@example.org", "seven blue herons over the canal"
	o := cli.StoreOptions{Data: filepath.Join(t.TempDir(), "data"), KeyFile: filepath.Join(t.TempDir(), "key")}
	open := func(fn func(r *Rooms) error) {
		t.Helper()
		if err := with(ctx, o, fn); err != nil {
			t.Fatal(err)
		}
	}
	open(func(r *Rooms) error {
		if _, _, err := r.Identity.Bootstrap(ctx, identity.Setup{Email: email, Password: password}); err != nil {
			return err
		}
		in, err := r.Identity.SignIn(ctx, email, password, "")
		if err != nil {
			return err
		}
		e, err := r.Identity.BeginTOTP(ctx, in.Principal, password, "Tocsin")
		if err != nil {
			return err
		}
		_, err = r.Identity.ConfirmTOTP(ctx, in.Principal, identitytest.Code(t, e.Secret, time.Now()))
		return err
	})
	pending := func() (pending bool) {
		open(func(r *Rooms) error {
			in, err := r.Identity.SignIn(ctx, email, password, "")
			pending = in.Principal.Pending
			return err
		})
		return pending
	}
	if !pending() {
		t.Fatal("no second factor is asked for")
	}
	run := func(email string) (code int, out string) {
		var stdout, stderr bytes.Buffer
		code = Main([]string{"admin", "factors", "reset", "--data", o.Data, "--key-file", o.KeyFile, "--email", email, "-o", "json"}, strings.NewReader(""), &stdout, &stderr)
		return code, stdout.String() + stderr.String()
	}
	if code, out := run("nobody@example.org"); code == 0 || !strings.Contains(out, "There is no such person") {
		t.Errorf("for a stranger: %d %s", code, out)
	}
	if code, out := run(email); code != 0 || !strings.Contains(out, `"removed":1`) && !strings.Contains(out, `"removed": 1`) {
		t.Errorf("got %d %s", code, out)
	}
	if pending() {
		t.Error("the second factor is still asked for")
	}
}
