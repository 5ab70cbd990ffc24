package app

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tocsin/internal/cli"
	"tocsin/internal/db"
	"tocsin/internal/identity"
	"tocsin/internal/identity/identitytest"
	"tocsin/internal/journal"
)

// TestAUsedRecoveryCodeIsTold follows one from its use to what the person has
// to hear, once however often the reader sees it.
func TestAUsedRecoveryCodeIsTold(t *testing.T) {
	t.Parallel()
	const email, password = "ann@example.org", "seven blue herons over the canal"
	ctx := t.Context()
	o := cli.StoreOptions{Data: filepath.Join(t.TempDir(), "data"), KeyFile: filepath.Join(t.TempDir(), "key")}
	err := with(ctx, o, func(r *Rooms) error {
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
		if in, err = r.Identity.ConfirmTOTP(ctx, in.Principal, identitytest.Code(t, e.Secret, time.Now())); err != nil {
			return err
		}
		codes, err := r.Identity.NewRecoveryCodes(ctx, in.Principal)
		if err != nil {
			return err
		}
		if in, err = r.Identity.Prove(ctx, in.Principal, identity.Proof{RecoveryCode: codes[0]}); err != nil {
			return err
		}
		ctx := db.As(ctx, identity.Main, "system:test")
		var entries []journal.Record
		if err := r.DB.Read(ctx, func(tx *db.Tx) error {
			entries, err = r.Journal.Stream(tx, "sign-in", 0, 100)
			return err
		}); err != nil {
			return err
		}
		for range 2 {
			if err := r.TellSecurity(ctx, entries); err != nil {
				return err
			}
		}
		texts := []string{}
		if err := r.DB.Read(ctx, func(tx *db.Tx) error {
			texts, err = db.Strings(tx, `SELECT text FROM notice WHERE tenant = $1 AND person = $2`, tx.Tenant(), in.Principal.UserID)
			return err
		}); err != nil {
			return err
		}
		if len(texts) != 1 || !strings.HasPrefix(texts[0], "A recovery code was used") {
			t.Errorf("the person hears %q", texts)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestPeopleHearOfTheirSecondFactors(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		kind, actor, data string
		says              string // "" is nothing
	}{
		"a recovery code":            {journal.StepUpSucceeded, "user:ann", `{"method":"recovery_code","user":"ann"}`, "A recovery code was used to be you. If it was not you"},
		"a sign-in":                  {journal.SigninSucceeded, "user:ann", `{"method":"totp","user":"ann"}`, ""},
		"another proof":              {journal.StepUpSucceeded, "user:ann", `{"method":"totp","user":"ann"}`, ""},
		"an app":                     {journal.FactorAdded, "user:ann", `{"kind":"totp","user":"ann"}`, "An app for codes was added to your account."},
		"a passkey":                  {journal.FactorAdded, "user:ann", `{"kind":"passkey","user":"ann"}`, "A passkey was added to your account."},
		"new codes":                  {journal.FactorAdded, "user:ann", `{"kind":"recovery_code","user":"ann"}`, "New recovery codes were made"},
		"one removed":                {journal.FactorRemoved, "user:ann", `{"kind":"passkey","user":"ann"}`, "A passkey was removed from your account."},
		"one removed by another":     {journal.FactorRemoved, "user:bob", `{"kind":"totp","user":"ann"}`, "was removed from your account by somebody"},
		"one removed on the machine": {journal.FactorRemoved, "system:admin", `{"kind":"totp","user":"ann"}`, "was removed from your account by somebody"},
	} {
		n, ok := securityNotice(journal.Record{Stream: "user:ann", Seq: 7, Kind: test.kind, Actor: test.actor, Data: json.RawMessage(test.data)})
		if ok != (test.says != "") || ok && (!strings.Contains(n.Text, test.says) || n.Person != "ann" || !n.Urgent) {
			t.Errorf("%s: %t %+v", name, ok, n)
		}
	}
}
