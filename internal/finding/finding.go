package finding

import "tocsin/internal/fault"

// Class is what kind of thing a finding says.
type Class string

// The classes. A detection is something that happens, a compliance finding the
// result of a check, a vulnerability a weakness that is known by name.
const (
	Detection     Class = "detection"
	Compliance    Class = "compliance"
	Vulnerability Class = "vulnerability"
	DataSecurity  Class = "data_security"
	OtherClass    Class = "other"
)

// Severity is one of five words, the same everywhere in Tocsin.
type Severity string

// The severities, worst first.
const (
	Critical Severity = "critical"
	High     Severity = "high"
	Medium   Severity = "medium"
	Low      Severity = "low"
	Info     Severity = "info"
)

// Statuses of a finding, as its provider sees it.
const (
	StatusNew        = "new"
	StatusInProgress = "in_progress"
	StatusResolved   = "resolved"
	StatusSuppressed = "suppressed"
	StatusArchived   = "archived"
)

// Results of a check; "" for a finding that is none.
const (
	ResultPassed       = "passed"
	ResultFailed       = "failed"
	ResultWarning      = "warning"
	ResultNotAvailable = "not_available"
	ResultManual       = "manual"
)

// Formats that Decode reads.
const (
	FormatASFF      = "asff"
	FormatGuardDuty = "guardduty"
	FormatOCSF      = "ocsf"
)

// Roles of an indicator: where in the finding it stood.
const (
	RoleRemote   = "remote"   // the other end of a connection or call
	RoleActor    = "actor"    // who acted: an access key, a foreign account
	RoleResource = "resource" // on or in the resource: a file's hash, its weakness
	RoleIntel    = "intel"    // named by the detector's threat intelligence
	RoleText     = "text"     // read out of the title or description
)

// Origins: how the provider came to send the finding.
const (
	OriginImported     = "imported"
	OriginCustomAction = "custom_action"
)

// Finding is the normal form: what every detector says, in one shape. Text in
// it is cut to a stated length, has no NUL and no invalid UTF-8, and shows
// control and direction-override characters as U+FFFD. Lists are never nil.
type Finding struct {
	ID       string `json:"id"`       // ours, UUIDv7; set by the store
	Format   string `json:"format"`   // one of the Format constants
	Identity string `json:"identity"` // hex SHA-256 over what makes it this finding and no other
	UID      string `json:"uid"`      // the provider's id: ASFF Id, GuardDuty arn, OCSF finding_info.uid

	ProductUID string `json:"product_uid"`
	Product    string `json:"product"`
	Vendor     string `json:"vendor"`
	Generator  string `json:"generator"`

	Class            Class    `json:"class"`
	ClassUID         int      `json:"class_uid"` // OCSF class, derived for the other formats
	Types            []string `json:"types"`     // at most 50
	Title            string   `json:"title"`     // at most 500 characters
	Description      string   `json:"description"`
	Severity         Severity `json:"severity"`
	SeverityOriginal string   `json:"severity_original"`
	Status           string   `json:"status"`
	Active           bool     `json:"active"` // live, and not resolved, suppressed, archived or passed
	Result           string   `json:"result"`
	Control          string   `json:"control"`

	Account     string `json:"account"`
	AccountName string `json:"account_name"`
	Region      string `json:"region"`
	Partition   string `json:"partition"`

	CreatedAt int64 `json:"created_at"` // microseconds UTC; 0 is unknown, here and below
	UpdatedAt int64 `json:"updated_at"`
	FirstSeen int64 `json:"first_seen"`
	LastSeen  int64 `json:"last_seen"`
	Count     int64 `json:"count"` // how often the provider saw it; 0 is unknown

	Resources  []Resource  `json:"resources"` // at most 50
	Remotes    []Remote    `json:"remotes"`   // at most 50
	Principal  string      `json:"principal"`
	Action     string      `json:"action"`
	Indicators []Indicator `json:"indicators"` // at most 1,000
	// IndicatorCount is how many different indicators there were before the cut.
	IndicatorCount int      `json:"indicator_count"`
	Techniques     []string `json:"techniques"` // ATT&CK ids, sorted

	Remediation    string `json:"remediation"`
	RemediationURL string `json:"remediation_url"` // http or https, else empty
	SourceURL      string `json:"source_url"`      // http or https, else empty

	Origin     string `json:"origin"`
	OriginName string `json:"origin_name"` // the custom action somebody pressed
	Sample     bool   `json:"sample"`      // the provider says that it is made up
}

// Resource is something of ours that the finding is about.
type Resource struct {
	Type      string            `json:"type"`
	UID       string            `json:"uid"` // an ARN where there is one
	Name      string            `json:"name"`
	Account   string            `json:"account"`
	Region    string            `json:"region"`
	Partition string            `json:"partition"`
	Tags      map[string]string `json:"tags,omitempty"` // at most 50
}

// Remote is a party on the other end.
type Remote struct {
	IP        string `json:"ip"`
	Port      int    `json:"port"`
	Domain    string `json:"domain"`
	Country   string `json:"country"`
	City      string `json:"city"`
	ASN       string `json:"asn"`
	Org       string `json:"org"`
	Direction string `json:"direction"` // inbound, outbound, ""
}

// Indicator is a fact that another finding or a feed may share. Private
// addresses and names of our own are never indicators.
type Indicator struct {
	Type  string `json:"type"` // as package ioc names it
	Value string `json:"value"`
	Role  string `json:"role"`
}

// Event is the EventBridge envelope a finding came in; zero when it had none.
type Event struct {
	ID         string `json:"id"`
	Source     string `json:"source"`
	DetailType string `json:"detail_type"`
	Account    string `json:"account"` // of the bus, not of the finding
	Region     string `json:"region"`
	Time       int64  `json:"time"` // microseconds UTC
}

// Part is one thing told apart in a body: a finding, or the reason why not.
// Exactly one of Finding and Err is set.
type Part struct {
	Finding *Finding
	Event   Event
	// Raw is the finding's own JSON, byte for byte. With Err it is what would
	// have to be sent again: the envelope where that holds one finding.
	Raw         []byte
	ContentHash string         // hex SHA-256 of the canonical content
	Fields      map[string]any // the canonical content, for Diff; read only
	Err         *fault.Error   // why it goes to quarantine; Fields[0].Location names the field

	packed []byte // Raw as it is stored, when Pack has made it
}
