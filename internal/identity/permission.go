package identity

import "slices"

// Permission names one thing that a principal may do.
type Permission string

// The permissions.
const (
	TicketRead       Permission = "ticket.read"        // see tickets and their timeline
	TicketWork       Permission = "ticket.work"        // acknowledge, take, note, phase, close
	TicketForce      Permission = "ticket.force"       // re-assign somebody else's ticket
	FindingRead      Permission = "finding.read"       // see findings and their originals
	FindingIntake    Permission = "finding.intake"     // send findings
	FindingPromote   Permission = "finding.promote"    // open a ticket from a recorded finding
	QuarantineManage Permission = "quarantine.manage"  // see, retry and dismiss what could not be read
	PolicyEdit       Permission = "policy.edit"        // change which findings open tickets
	ConnectionManage Permission = "connection.manage"  // set up outside systems and their secrets
	ConnectionRead   Permission = "connection.read"    // see outside systems and their health
	UserManage       Permission = "user.manage"        // people, service accounts, teams, roles
	TokenOwn         Permission = "token.own"          //nolint:gosec // make API tokens for oneself
	LogVerify        Permission = "log.verify"         // verify and export the journal
	ReportRead       Permission = "report.read"        // see reports and measures
	InstallationRead Permission = "installation.read"  // see how the installation itself is: disk, queues, backups
	BackupMake       Permission = "backup.make"        // take a backup, which holds everything
	RetentionManage  Permission = "retention.manage"   // say how long things are kept
	DutyEdit         Permission = "duty.edit"          // change who is on duty
	SLAEdit          Permission = "sla.edit"           // change targets, calendars and ladders
	BreakGlass       Permission = "ticket.break_glass" // take a ticket over at once, with a fresh proof
)

// EveryPermission lists the permissions; the place of each is its bit in a set.
func EveryPermission() []Permission {
	return []Permission{
		TicketRead, TicketWork, TicketForce, FindingRead, FindingIntake, FindingPromote, QuarantineManage,
		PolicyEdit, ConnectionManage, ConnectionRead, UserManage, TokenOwn, LogVerify, ReportRead,
		InstallationRead, BackupMake, RetentionManage, DutyEdit, SLAEdit, BreakGlass,
	}
}

// Permissions is a set of permissions.
type Permissions uint32

func permissionSet(list ...Permission) (set Permissions) {
	for _, p := range list {
		if i := slices.Index(EveryPermission(), p); i >= 0 {
			set |= 1 << i
		}
	}
	return set
}

// Has reports whether the set holds p; a permission that does not exist is in
// no set.
func (s Permissions) Has(p Permission) bool {
	i := slices.Index(EveryPermission(), p)
	return i >= 0 && s&(1<<i) != 0
}

// List returns the members in the order of EveryPermission.
func (s Permissions) List() []Permission {
	out := []Permission{}
	for i, p := range EveryPermission() {
		if s&(1<<i) != 0 {
			out = append(out, p)
		}
	}
	return out
}

// The roles. Their separation follows trust.md §6.2: who administers people
// does not read tickets, who connects systems does not read tickets either.
const (
	Viewer           = "viewer"
	Analyst          = "analyst"
	Responder        = "responder"
	Lead             = "lead"
	Manager          = "manager"
	Auditor          = "auditor"
	PlaybookAuthor   = "playbook-author"
	PlaybookApprover = "playbook-approver"
	IntegrationAdmin = "integration-admin"
	TenantAdmin      = "tenant-admin"
)

// Role is a named set of permissions.
type Role struct {
	Name        string
	Meaning     string
	Permissions Permissions
}

// Roles is the one table of roles and what each may do.
func Roles() []Role {
	reading := permissionSet(TicketRead, FindingRead, TokenOwn)
	working := reading | permissionSet(TicketWork, FindingIntake, FindingPromote, QuarantineManage, ConnectionRead)
	return []Role{
		{Viewer, "Sees tickets and findings.", reading},
		{Analyst, "Takes tickets and works them.", working},
		{Responder, "Works tickets and approves low-risk actions.", working},
		{Lead, "Leads a shift: works tickets and re-assigns them.", working | permissionSet(TicketForce, DutyEdit)},
		{Manager, "Answers for the service: re-assigns tickets, sets the ticketing policy, reads reports.",
			reading | permissionSet(TicketForce, PolicyEdit, ConnectionRead, LogVerify, ReportRead, InstallationRead, DutyEdit, SLAEdit, BreakGlass)},
		{Auditor, "Reads everything, verifies and exports the record.",
			reading | permissionSet(ConnectionRead, LogVerify, ReportRead)},
		{PlaybookAuthor, "Writes playbooks; names connections, never sees their secrets.", permissionSet(ConnectionRead, TokenOwn)},
		{PlaybookApprover, "Approves playbooks that others wrote.", permissionSet(ConnectionRead, TokenOwn)},
		{IntegrationAdmin, "Connects outside systems; writes their secrets and never reads them.",
			permissionSet(ConnectionManage, ConnectionRead, FindingIntake, QuarantineManage, TokenOwn)},
		{TenantAdmin, "Manages people, teams, roles, policies, backups and retention; does not read tickets.",
			permissionSet(UserManage, PolicyEdit, TokenOwn, InstallationRead, BackupMake, RetentionManage, DutyEdit, SLAEdit)},
	}
}

// RoleNames lists every role in the order of Roles.
func RoleNames() []string {
	names := []string{}
	for _, r := range Roles() {
		names = append(names, r.Name)
	}
	return names
}

// permissionsOf is the union of what the roles allow.
func permissionsOf(roles []string) (set Permissions) {
	for _, r := range Roles() {
		if slices.Contains(roles, r.Name) {
			set |= r.Permissions
		}
	}
	return set
}

// The scopes of API tokens. A scope only ever takes away.
const (
	ScopeAll    = "all"
	ScopeIntake = "intake"
	ScopeRead   = "read"
)

// scopePermissions is what a token of these scopes can be used for, if its
// owner may do it at that time.
func scopePermissions(scopes []string) (set Permissions) {
	for _, s := range scopes {
		switch s {
		case ScopeAll:
			set |= permissionSet(EveryPermission()...)
		case ScopeIntake:
			set |= permissionSet(FindingIntake)
		case ScopeRead:
			set |= permissionSet(TicketRead, FindingRead, ConnectionRead, LogVerify, ReportRead, InstallationRead)
		}
	}
	return set
}
