package api

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
	"tocsin/internal/identity"
	"tocsin/internal/query"
	"tocsin/internal/ticket"
)

const (
	intakeLimit = 16 << 20
	maxParts    = 5000 // findings in one body
	intakeRoute = "POST " + prefix + "/findings"
)

func (s *Server) registerFindings() {
	s.registerIntake()
	handle(s, get("list-findings", "/findings", may(identity.FindingRead), "Findings, newest first"), s.findings)
	handle(s, get("get-finding", "/findings/{id}", may(identity.FindingRead), "One finding with its original and history"), s.finding)
	handle(s, post("promote-finding", "/findings/{id}/promote", may(identity.FindingPromote), "Open a ticket for a recorded finding").
		answering(http.StatusCreated), s.promote)
}

// registerIntake describes the one route that huma does not read: its body may
// be several formats, and it carries the load.
func (s *Server) registerIntake() {
	o := post("post-findings", "/findings", may(identity.FindingIntake), "Take findings in; answered when they are durable")
	o.limit, o.raw = intakeLimit, true
	schemas := s.huma.OpenAPI().Components.Schemas
	body := &huma.MediaType{Schema: &huma.Schema{Description: "ASFF, GuardDuty or OCSF: one finding, a list, an EventBridge envelope, or an SNS or SQS message around one"}}
	s.handleRaw(o, huma.Operation{
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/json": body, "application/x-ndjson": {Schema: &huma.Schema{Type: huma.TypeString}},
			csvType: {Schema: &huma.Schema{Type: huma.TypeString, Description: "A table with a header, RFC 4180"}},
		}},
		Responses: map[string]*huma.Response{"200": {
			Description: "Everything given is durable, what could not be read included (quarantined)",
			Content: map[string]*huma.MediaType{"application/json": {
				Schema: schemas.Schema(reflect.TypeFor[IntakeResults](), true, ""),
			}},
		}},
	}, s.intake)
}

// IntakeResults answers for every part of a body in the order given.
type IntakeResults struct {
	Results []IntakeResult `json:"results"`
}

// IntakeResult says what became of one part.
type IntakeResult struct {
	FindingID string          `json:"finding_id"`
	Ticket    string          `json:"ticket" doc:"Number of its ticket, or empty"`
	TicketID  string          `json:"ticket_id"`
	Outcome   finding.Outcome `json:"outcome" enum:"opened,joined,updated,recorded,duplicate,suppressed,held,quarantined"`
	Error     string          `json:"error" doc:"Why it was quarantined, or empty"`
}

// intake takes a body of findings in. It counts findings against the token's
// bucket after the fact, because only then is it known how many there were.
func (s *Server) intake(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	if !onlyParams(r, "mapping") {
		s.refuse(w, r, fault.Field("query", "this takes mapping and no other parameter"))
		return
	}
	brought, err := broughtOf(r)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	p := principalOf(ctx)
	bucket := p.TokenID + p.SessionID
	if err := s.limits.intake.take(bucket, s.now()); err != nil {
		s.refuse(w, r, err)
		return
	}
	var results []finding.Result
	if brought != nil {
		results, err = s.deps.Bring(ctx, *brought)
	} else {
		results, err = s.deps.Intake(ctx, "api", bodyOf(r))
	}
	s.limits.intake.charge(bucket, s.now(), len(results)-1)
	if err != nil {
		s.refuse(w, r, intakeFault(err))
		return
	}
	s.answer(w, r, resultsOf(results))
}

// intakeFault says that a body in which nothing can be told apart is not
// readable (400), and that one with too many findings is too large (413).
func intakeFault(err error) error {
	e := fault.As(err)
	switch {
	case e == nil || e.Code != fault.Invalid:
		return err
	case e.Slug == "too-many-findings":
		return e.WithExtra("limit", maxParts).WithExtra("reason", e.Slug).WithSlug(slugTooLarge)
	case e.Slug == "":
		return e.WithSlug(slugUnreadable)
	}
	return e.WithExtra("reason", e.Slug).WithSlug(slugUnreadable)
}

func resultsOf(results []finding.Result) IntakeResults {
	out := IntakeResults{Results: make([]IntakeResult, len(results))}
	for i, r := range results {
		out.Results[i] = IntakeResult{FindingID: r.FindingID, Ticket: r.Number, TicketID: r.Ticket, Outcome: r.Outcome}
		if r.Error != nil {
			out.Results[i].Error = r.Error.Message
		}
	}
	return out
}

type findingsInput struct {
	Paging
	Q string `query:"q" maxLength:"2000" doc:"A filter in the query language"`
}

func (s *Server) findings(ctx context.Context, in *findingsInput) (*list[finding.Summary], error) {
	var p finding.Page
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		env := env(principalOf(ctx), tx)
		table, err := s.deps.Tickets.WithLists(tx, finding.ListFields(), &env, in.Q)
		if err == nil {
			_, err = query.Parse(in.Q, table) // says which list there is not
		}
		if err != nil {
			return err
		}
		p, err = s.deps.Findings.List(tx, in.Q, in.Cursor, in.Limit, env)
		return err
	})
	return &list[finding.Summary]{Body: Page[finding.Summary]{p.Items, p.NextCursor}}, err
}

// Finding is the normal form beside what became of it, with the original.
type Finding struct {
	finding.Summary
	Format           string              `json:"format" enum:"asff,guardduty,ocsf,inspector,macie,access-analyzer,health,cloudtrail,malware-scan,security-ir,insight,config,notice,custom"`
	UID              string              `json:"uid" doc:"The detector's own id"`
	ProductUID       string              `json:"product_uid"`
	Vendor           string              `json:"vendor"`
	ClassUID         int                 `json:"class_uid" doc:"OCSF class, derived for the other formats"`
	Types            []string            `json:"types"`
	Description      string              `json:"description"`
	SeverityOriginal string              `json:"severity_original"`
	AccountName      string              `json:"account_name"`
	Partition        string              `json:"partition"`
	CreatedAt        *time.Time          `json:"created_at"`
	UpdatedAt        *time.Time          `json:"updated_at"`
	FirstSeen        *time.Time          `json:"first_seen"`
	LastSeen         *time.Time          `json:"last_seen"`
	Count            int64               `json:"count" doc:"How often the detector saw it; 0 is unknown"`
	Resources        []finding.Resource  `json:"resources"`
	Remotes          []finding.Remote    `json:"remotes"`
	Principal        string              `json:"principal"`
	Action           string              `json:"action"`
	Indicators       []finding.Indicator `json:"indicators"`
	IndicatorCount   int                 `json:"indicator_count" doc:"How many there were before the list was cut"`
	Techniques       []string            `json:"techniques"`
	Remediation      string              `json:"remediation"`
	RemediationURL   string              `json:"remediation_url"`
	SourceURL        string              `json:"source_url"`
	Origin           string              `json:"origin"`
	OriginName       string              `json:"origin_name"`
	Sample           bool                `json:"sample" doc:"The detector says that it is made up"`
	Raw              json.RawMessage     `json:"raw" doc:"The original as it came"`
	Revisions        []finding.Revision  `json:"revisions" doc:"Oldest first, at most 50"`

	OriginalsRemovedAt *time.Time `json:"originals_removed_at" doc:"When retention removed the original; then only what lists show is left"`
}

func findingOf(d finding.Detail) Finding {
	n := d.Finding
	return Finding{
		Summary: d.Summary, Format: n.Format, UID: n.UID, ProductUID: n.ProductUID, Vendor: n.Vendor, ClassUID: n.ClassUID,
		Types: n.Types, Description: n.Description, SeverityOriginal: n.SeverityOriginal, AccountName: n.AccountName, Partition: n.Partition,
		CreatedAt: timeOrNil(n.CreatedAt), UpdatedAt: timeOrNil(n.UpdatedAt), FirstSeen: timeOrNil(n.FirstSeen), LastSeen: timeOrNil(n.LastSeen),
		Count: n.Count, Resources: n.Resources, Remotes: n.Remotes, Principal: n.Principal, Action: n.Action,
		Indicators: n.Indicators, IndicatorCount: n.IndicatorCount, Techniques: n.Techniques,
		Remediation: n.Remediation, RemediationURL: n.RemediationURL, SourceURL: n.SourceURL,
		Origin: n.Origin, OriginName: n.OriginName, Sample: n.Sample, Raw: d.Raw, Revisions: d.Revisions, OriginalsRemovedAt: d.OriginalsRemovedAt,
	}
}

type findingOutput struct{ Body Finding }

func (s *Server) finding(ctx context.Context, in *ByID) (*findingOutput, error) {
	var d finding.Detail
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		d, err = s.deps.Findings.Get(tx, in.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &findingOutput{findingOf(d)}, nil
}

type reasonInput struct {
	ByID
	Body struct {
		Reason string `json:"reason" maxLength:"4000"`
	} `nameHint:"Reason"`
}

func (s *Server) promote(ctx context.Context, in *reasonInput) (*ticketOutput, error) {
	return s.act(ctx, func(tx *db.Tx) (*ticket.Ticket, error) {
		return s.deps.Tickets.Promote(tx, in.ID, in.Body.Reason)
	})
}
