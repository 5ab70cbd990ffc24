package aws

import (
	_ "embed"
	"fmt"
	"log/slog"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"tocsin/internal/connector"
	"tocsin/internal/fault"
)

//go:embed manifest.yaml
var manifest []byte

// Kind describes the connector and makes one.
func Kind() connector.Kind {
	return connector.Kind{Manifest: connector.MustManifest(manifest), New: New, Places: placesOf}
}

// The ways to sign in.
const (
	authStatic  = "static_keys"
	authDefault = "default"
)

type settings struct {
	Auth        string              `json:"auth"`
	Region      string              `json:"region"`
	EndpointURL string              `json:"endpoint_url"`
	Feeds       []feedSettings      `json:"feeds"`
	Reconcile   []reconcileSettings `json:"reconcile"`
}

type feedSettings struct {
	QueueURL string `json:"queue_url"`
	Region   string `json:"region"`
	Objects  string `json:"objects"`
}

// account is a signed-in connection.
type account struct {
	sts      *sts.Client
	cfg      aws.Config
	queues   []queue
	places   []connector.Place // regions to reconcile
	store    *store
	endpoint string // the override, "" where requests go to AWS's own
	pace     pace
	diagnose diagnosis
	log      *slog.Logger
}

// New makes a connector. It reads the environment where settings.auth is
// default, and sends nothing. Errors: fault.Invalid naming the settings at
// fault.
func New(c connector.Config) (connector.Connector, error) { return newAccount(c, usualPace()) }

func newAccount(c connector.Config, p pace) (*account, error) {
	var s settings
	if err := Kind().Manifest.Decode(c.Settings, c.Secrets, &s); err != nil {
		return nil, err
	}
	if c.HTTP == nil {
		return nil, fault.New(fault.Internal, "the aws connector needs an HTTP client")
	}
	if err := checkSettings(s, c.Secrets); err != nil {
		return nil, err
	}
	cfg, err := signIn(c, s)
	if err != nil {
		return nil, err
	}
	queues, err := findQueues(s, cfg.Region)
	if err != nil {
		return nil, err
	}
	places, err := findPlaces(s.Reconcile)
	if err != nil {
		return nil, err
	}
	a := &account{queues: queues, places: places, cfg: cfg, endpoint: s.EndpointURL, pace: p, diagnose: diagnosis{secrets: c.Secrets}, log: c.Log}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	a.connect(cfg, s)
	return a, nil
}

// connect makes the clients, none of which sends anything yet.
func (a *account) connect(cfg aws.Config, s settings) {
	if cfg.Region == "" && len(a.queues) > 0 {
		cfg.Region = a.queues[0].region
	}
	a.store = newStore(cfg, s.EndpointURL)
	a.sts = sts.NewFromConfig(cfg, func(o *sts.Options) { override(&o.BaseEndpoint, s.EndpointURL) })
	clients := map[string]*sqs.Client{}
	for i := range a.queues {
		q := &a.queues[i]
		if clients[q.region] == nil {
			clients[q.region] = sqs.NewFromConfig(cfg, func(o *sqs.Options) {
				o.Region = q.region
				override(&o.BaseEndpoint, s.EndpointURL)
			})
		}
		q.client = clients[q.region]
	}
}

// override leaves the endpoint that the environment may have set where the
// connection sets none.
func override(endpoint **string, url string) {
	if url != "" {
		*endpoint = &url
	}
}

func checkSettings(s settings, secrets map[string]connector.Secret) error {
	if s.Auth == authStatic && s.Region == "" {
		return fault.Field("settings.region", "is required with an access key")
	}
	if err := checkRegion("settings.region", s.Region); err != nil {
		return err
	}
	if s.Auth != authStatic {
		return nil
	}
	for _, name := range []string{"access_key_id", "secret_access_key", "session_token"} {
		if v := secrets[name].Reveal(); strings.ContainsFunc(v, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return fault.Field("secrets."+name, "has a blank, a line break or a letter that does not belong there")
		}
	}
	return nil
}

// checkRegion keeps a region from becoming part of a host name that is not
// AWS's. The shape covers every partition: us-east-1, us-gov-west-1,
// us-isob-east-1, eusc-de-east-1.
func checkRegion(at, region string) error {
	if region == "" || isRegion(region) {
		return nil
	}
	return fault.Field(at, "%.60q is not a region such as eu-west-1", region)
}

func isRegion(s string) bool {
	return regexp.MustCompile(`^[a-z]{2,5}(-[a-z]{2,12}){1,3}-[0-9]{1,2}$`).MatchString(s)
}

// Feeds implements connector.Feeder: one feed for each queue.
func (a *account) Feeds() []connector.Feed {
	feeds := make([]connector.Feed, 0, len(a.queues))
	for _, q := range a.queues {
		c := &consumer{queue: q, store: a.store, pace: a.pace, diagnose: a.diagnose, log: a.log.With("feed", q.name)}
		feeds = append(feeds, connector.Feed{Name: q.name, Run: c.run})
	}
	return feeds
}

// String keeps fmt from walking into the clients.
func (a *account) String() string { return fmt.Sprintf("aws connector with %d queues", len(a.queues)) }

// GoString does the same for %#v.
func (a *account) GoString() string { return a.String() }
