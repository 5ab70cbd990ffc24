package api

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/client_golang/prometheus"

	"tocsin/internal/connection"
	"tocsin/internal/db"
	"tocsin/internal/duty"
	"tocsin/internal/evidence"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
	"tocsin/internal/identity"
	"tocsin/internal/job"
	"tocsin/internal/journal"
	"tocsin/internal/notify"
	"tocsin/internal/report"
	"tocsin/internal/sla"
	"tocsin/internal/ticket"
)

// Deps is what the server is made of. For Spec alone none of it is needed.
type Deps struct {
	DB       *db.DB
	Journal  *journal.Journal
	Identity *identity.Service
	Findings *finding.Findings
	Tickets  *ticket.Tickets
	Feed     *job.Feed
	Log      *slog.Logger // nil discards

	Connections *connection.Connections
	Duty        *duty.Duty
	SLA         *sla.SLA
	Report      *report.Report
	Evidence    *evidence.Evidence
	Notify      *notify.Notify

	// Intake takes a body of findings in, durably, and says what became of
	// each part. An error means that nothing in the body could be told apart,
	// or that it could not be kept.
	Intake func(ctx context.Context, source string, body []byte) ([]finding.Result, error)

	// Bring takes in what comes with a mapping, or as a table.
	Bring func(ctx context.Context, b Brought) ([]finding.Result, error)
	// Again reads what is in quarantine once more, as its source is read now.
	Again func(ctx context.Context, source string, body []byte) ([]finding.Result, error)
	// Deliver takes in what a webhook brought, or says that it came before.
	Deliver func(ctx context.Context, caller connection.Caller, csv bool, body []byte) (results []finding.Result, duplicate bool, err error)

	// Demo fills an empty installation and says how far it is; nil has none. It
	// refuses with fault.Conflict where real tickets are.
	Demo func(ctx context.Context, progress func(done, total int)) error

	// Forecast says what the rules would make of what a connection's detectors
	// hold; nil cannot.
	Forecast func(ctx context.Context, connection string, days int) (ticket.Forecast, error)

	Installation Installation // what the server knows of itself

	Node        string               // names this process; differs between nodes and starts
	PublicURL   string               // where people reach the server ("https://soc.example.org"); "" when not known
	UI          fs.FS                // the built web UI; nil serves a page that says how to build it
	Metrics     *prometheus.Registry // nil serves no metrics
	MetricsOpen bool                 // metrics need no token, because only loopback can ask
	IntakeRate  float64              // findings a second for each token; 0 is 5,000
}

// Server answers HTTP. It is safe for concurrent use.
type Server struct {
	deps    Deps
	log     *slog.Logger
	db      *db.DB
	public  *url.URL // nil when not known
	mux     *http.ServeMux
	huma    huma.API
	handler http.Handler
	routes  []operation
	faults  []error // mistakes in the routes, for New

	keys    *job.Idempotency
	limits  limits
	streams streams
	ready   readiness
	filling filling
	bodies  atomic.Int64 // bytes of large bodies in hand
	strange atomic.Int64 // the same, of callers whom nobody knows yet
	backing sync.Mutex   // one backup at a time

	phone      *phone
	members    members
	afterwards sync.WaitGroup // what requests have left behind
	bodyWithin time.Duration
	meter      *meter
	site       *site
	spec       []byte // OpenAPI as JSON
}

// New makes the server. It fails when a route does not say who may call it,
// when two types of the description share a name, or when PublicURL is not one.
func New(d Deps) (s *Server, err error) {
	defer func() {
		if v := recover(); v != nil { // huma panics on a type that it cannot describe
			err = fmt.Errorf("describing the API: %v", v)
		}
	}()
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	s = &Server{deps: d, log: d.Log, db: d.DB, mux: http.NewServeMux(), limits: newLimits(d.IntakeRate), bodyWithin: bodyWithin, phone: newPhone()}
	if s.public, err = publicURL(d.PublicURL); err != nil {
		return nil, err
	}
	if d.DB != nil {
		s.keys = job.NewIdempotency(d.DB, d.Node)
	}
	if s.meter, err = newMeter(d.Metrics, s.streams.count); err != nil {
		return nil, err
	}
	if s.site, err = newSite(d.UI); err != nil {
		return nil, err
	}
	s.huma = huma.NewAPI(s.config(), adapter{s})
	s.register()
	neverNull(s.huma.OpenAPI())
	if s.spec, err = s.describe(); err != nil {
		return nil, err
	}
	s.handler = s.observed(s.secured(http.HandlerFunc(s.dispatch)))
	return s, errors.Join(s.faults...)
}

func publicURL(text string) (*url.URL, error) {
	if text == "" {
		return nil, nil
	}
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, fault.New(fault.Invalid, "The public URL must look like https://host.")
	}
	return u, nil
}

// Handler is the whole of it: API, health, metrics, description and UI.
func (s *Server) Handler() http.Handler { return s.handler }

// now is the time of the database's clock: this room has no other.
func (s *Server) now() time.Time { return db.Time(s.db.Now()) }

// register lists every resource; each has a file of its own.
func (s *Server) register() {
	s.registerOps()
	s.registerSetup()
	s.registerSession()
	s.registerSecondFactor()
	s.registerFactors()
	s.registerUsers()
	s.registerTeams()
	s.registerTokens()
	s.registerFindings()
	s.registerQuarantine()
	s.registerTickets()
	s.registerTicketCommands()
	s.registerHandovers()
	s.registerTasks()
	s.registerViews()
	s.registerMerge()
	s.registerPolicy()
	s.registerLists()
	s.registerStorms()
	s.registerQuery()
	s.registerConnections()
	s.registerForecast()
	s.registerHooks()
	s.registerMappings()
	s.registerDemo()
	s.registerInstallation()
	s.registerRetention()
	s.registerSLA()
	s.registerKPIs()
	s.registerEvidence()
	s.registerSchedules()
	s.registerOnCall()
	s.registerNotices()
	s.registerContacts()
	s.registerPhone()
	s.registerSlack()
	s.registerEvents()
}

// dispatch sends a request to the API and what stands beside it, or else to
// the UI, whose pages have paths of their own.
func (s *Server) dispatch(w http.ResponseWriter, r *http.Request) {
	if _, pattern := s.mux.Handler(r); pattern != "" && r.URL.Path == clean(r.URL.Path) {
		s.mux.ServeHTTP(w, r)
		return
	}
	if !s.isAPI(r.URL.Path) {
		s.serveSite(w, r)
		return
	}
	s.noRoute(w, r)
}
