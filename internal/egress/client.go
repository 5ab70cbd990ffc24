package egress

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"tocsin/internal/fault"
)

// maxRedirects is how many redirects one request may follow.
const maxRedirects = 5

// HTTPOptions are what callers of HTTPClient may choose.
type HTTPOptions struct {
	// Timeout bounds a whole exchange, reading the body included; 0 means 60 s,
	// a negative value none (the caller's context bounds it then).
	Timeout time.Duration
	// HeaderTimeout bounds the wait for the first byte of an answer; 0 means
	// 30 s, which is longer than an SQS long poll.
	HeaderTimeout time.Duration
	// RootCAs are the authorities to trust; nil means the system's.
	RootCAs *x509.CertPool
}

// HTTPClient makes a client whose every connection, redirects included, goes
// through the guard. TLS is 1.2 or newer. At most five redirects are followed,
// none from https to http and none that would hand a request body to another
// host; on the way to another host every header but a few harmless ones is
// dropped, because credentials belong to the host they were set up for. The
// caller limits how much of a body it reads. Make one client per connection
// and keep it: it owns a pool.
func (g *Guard) HTTPClient(o HTTPOptions) *http.Client {
	t := transport(o)
	c := &http.Client{Transport: t, CheckRedirect: checkRedirect, Timeout: max(cmp.Or(o.Timeout, time.Minute), 0)}
	if g.proxy == nil {
		t.DialContext = g.DialContext
		return c
	}
	t.Proxy = http.ProxyURL(g.proxy)
	t.DialContext = g.dialProxy
	c.Transport = &proxied{guard: g, next: t}
	return c
}

func transport(o HTTPOptions) *http.Transport {
	return &http.Transport{
		Proxy:                  nil, // the environment is not asked
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.RootCAs},
		TLSHandshakeTimeout:    10 * time.Second,
		ResponseHeaderTimeout:  cmp.Or(o.HeaderTimeout, 30*time.Second),
		IdleConnTimeout:        90 * time.Second,
		MaxIdleConnsPerHost:    16,
		MaxResponseHeaderBytes: 1 << 20,
		ForceAttemptHTTP2:      true,
	}
}

func checkRedirect(req *http.Request, via []*http.Request) error {
	from := via[len(via)-1]
	switch {
	case len(via) > maxRedirects:
		return fault.New(fault.Unavailable, "%s redirects more than %d times", via[0].URL.Host, maxRedirects)
	case req.URL.Scheme != "https" && req.URL.Scheme != "http":
		return refused("a redirect to scheme %.20q is not followed", req.URL.Scheme)
	case from.URL.Scheme == "https" && req.URL.Scheme == "http":
		return refused("a redirect from https to http is not followed")
	case sameHost(from.URL, req.URL):
		return nil
	case req.Body != nil && req.Body != http.NoBody:
		return refused("a redirect that hands the request's body to %.100q is not followed", req.URL.Scheme+"://"+req.URL.Host)
	}
	keep := []string{"Accept", "Accept-Language", "User-Agent"}
	for name := range req.Header {
		if !slices.Contains(keep, name) {
			delete(req.Header, name)
		}
	}
	req.URL.User = nil
	return nil
}

func sameHost(a, b *url.URL) bool {
	return strings.EqualFold(a.Host, b.Host) && a.Scheme == b.Scheme
}

// proxied judges the target before the proxy sees the request. A name that
// does not resolve here is left to the proxy, which then is the guard: behind
// a corporate proxy public names often do not resolve.
type proxied struct {
	guard *Guard
	next  *http.Transport
}

// RoundTrip implements http.RoundTripper.
func (p *proxied) RoundTrip(req *http.Request) (*http.Response, error) {
	if _, err := p.guard.vet(req.Context(), req.URL.Hostname()); err != nil && !fault.Is(err, fault.Unavailable) {
		return nil, err
	}
	return p.next.RoundTrip(req)
}

// CloseIdleConnections lets http.Client.CloseIdleConnections reach the pool.
func (p *proxied) CloseIdleConnections() { p.next.CloseIdleConnections() }

// dialProxy reaches the proxy and nothing else. The operator named it, so its
// address needs no other permission.
func (g *Guard) dialProxy(ctx context.Context, network, address string) (net.Conn, error) {
	if address != hostPort(g.proxy) {
		return nil, refused("only the proxy is dialled, not %.100q", address)
	}
	d := net.Dialer{Timeout: g.timeout, KeepAlive: 30 * time.Second}
	return d.DialContext(ctx, network, address)
}

func hostPort(u *url.URL) string {
	port := "80"
	if u.Scheme == "https" {
		port = "443"
	}
	return net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), port))
}

// Metadata makes a client that reaches only the fixed, link-local addresses
// at which AWS hands a process its own credentials: the instance metadata
// service, the container agent and EKS Pod Identity, port 80. It resolves no
// name, follows no redirect and is never to be given an address that a person
// or a message chose.
// Source: AWS SDKs and Tools Reference Guide, "IMDS" and "Container" providers.
func Metadata() *http.Client {
	t := transport(HTTPOptions{HeaderTimeout: 5 * time.Second})
	t.DialContext = dialMetadata
	return &http.Client{
		Transport:     t,
		Timeout:       10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func dialMetadata(ctx context.Context, network, address string) (net.Conn, error) {
	to, err := netip.ParseAddrPort(address)
	if err != nil || !metadataAddress(to) {
		return nil, refused("%.100q is not an AWS metadata address", address)
	}
	d := net.Dialer{Timeout: 2 * time.Second}
	return d.DialContext(ctx, network, to.String())
}

func metadataAddress(to netip.AddrPort) bool {
	switch to.Addr().String() {
	case "169.254.169.254", "fd00:ec2::254", "169.254.170.2", "169.254.170.23", "fd00:ec2::23":
		return to.Port() == 80
	}
	return false
}
