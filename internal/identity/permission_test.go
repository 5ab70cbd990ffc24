package identity_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tocsin/internal/fault"
	"tocsin/internal/identity"
)

var update = flag.Bool("update", false, "write the golden files")

func TestTheTableOfRolesIsAsAgreed(t *testing.T) {
	t.Parallel()
	const file = "testdata/permissions.golden"
	var b strings.Builder
	fmt.Fprintf(&b, "%-18s", "")
	for _, r := range identity.Roles() {
		fmt.Fprintf(&b, " %-17s", r.Name)
	}
	for _, p := range identity.EveryPermission() {
		fmt.Fprintf(&b, "\n%-18s", p)
		for _, r := range identity.Roles() {
			mark := "-"
			if r.Permissions.Has(p) {
				mark = "yes"
			}
			fmt.Fprintf(&b, " %-17s", mark)
		}
	}
	lines := strings.Split(b.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	got := strings.Join(lines, "\n") + "\n"
	if *update {
		ok(t, os.WriteFile(file, []byte(got), 0o644))
	}
	golden, err := os.ReadFile(file)
	ok(t, err)
	if diff := cmp.Diff(string(golden), got); diff != "" {
		t.Errorf("the table changed (run with -update when it is meant):\n%s", diff)
	}
}

// These hold whatever the golden file says.
func TestDutiesAreSeparated(t *testing.T) {
	t.Parallel()
	may := map[string]identity.Permissions{}
	for _, r := range identity.Roles() {
		may[r.Name] = r.Permissions
	}
	for _, rule := range []struct {
		role string
		not  identity.Permission
	}{
		{identity.TenantAdmin, identity.TicketRead},
		{identity.TenantAdmin, identity.FindingRead},
		{identity.TenantAdmin, identity.ConnectionManage},
		{identity.IntegrationAdmin, identity.TicketRead},
		{identity.IntegrationAdmin, identity.UserManage},
		{identity.Auditor, identity.TicketWork},
		{identity.Manager, identity.TicketWork},
		{identity.Viewer, identity.TicketWork},
		{identity.Analyst, identity.TicketForce},
		{identity.PlaybookAuthor, identity.ConnectionManage},
	} {
		if may[rule.role].Has(rule.not) {
			t.Errorf("%s may %s", rule.role, rule.not)
		}
	}
	for _, p := range identity.EveryPermission() {
		held := false
		for _, set := range may {
			held = held || set.Has(p)
		}
		if !held {
			t.Errorf("nobody may %s", p)
		}
	}
}

func TestAPrincipalMayOnlyWhatItsSetHolds(t *testing.T) {
	t.Parallel()
	p := identity.Principal{Permissions: identity.Roles()[0].Permissions} // viewer
	ok(t, p.Need(identity.TicketRead))
	e := want(t, p.Need(identity.UserManage), fault.Denied, "permission")
	if e.Extra["permission"] != "user.manage" || !strings.Contains(e.Message, "user.manage") {
		t.Errorf("the error does not name the permission: %+v", e)
	}
	if p.Can("no.such") || identity.System("main", "test").Can("no.such") {
		t.Error("a permission that does not exist is held")
	}
	if got := p.Permissions.List(); !cmp.Equal(got, []identity.Permission{identity.TicketRead, identity.FindingRead, identity.TokenOwn}) {
		t.Errorf("got %v", got)
	}
}
