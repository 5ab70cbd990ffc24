package egress

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tocsin/internal/fault"
)

func allow(t *testing.T, csv string) []netip.Prefix {
	t.Helper()
	list, err := ParseAllow(csv)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// serveOn starts a server that answers every request with text.
func serveOn(t *testing.T, address, text string) string {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, text) })}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return l.Addr().String()
}

func get(t *testing.T, c *http.Client, url string) (string, error) {
	t.Helper()
	resp, err := c.Get(url)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}

// A name server that answers the check with one address and the dial with
// another gains nothing: there is one question per dial, and the answer that
// was judged is the one dialled.
func TestARebindingResolverCannotSwitchTheAddress(t *testing.T) {
	t.Parallel()
	outside := serveOn(t, "127.0.0.2:0", "outside")
	_, port, _ := net.SplitHostPort(outside)
	serveOn(t, "127.0.0.1:"+port, "inside")
	var asked atomic.Int64
	rebinding := func(context.Context, string) ([]netip.Addr, error) {
		if asked.Add(1) == 1 {
			return []netip.Addr{netip.MustParseAddr("127.0.0.2")}, nil
		}
		return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
	}
	c := New(Config{Resolve: rebinding, Allow: allow(t, "127.0.0.2")}).HTTPClient(HTTPOptions{})

	got, err := get(t, c, "http://rebind.test:"+port)
	if err != nil || got != "outside" || asked.Load() != 1 {
		t.Fatalf("first request: got %q, %v after %d questions; want the judged address after one", got, err, asked.Load())
	}
	c.CloseIdleConnections()
	if got, err = get(t, c, "http://rebind.test:"+port); !fault.Is(err, fault.Denied) {
		t.Fatalf("second request: got %q, %v; want the new address refused", got, err)
	}
}

func TestADeadFirstAddressDoesNotHideALivingSecond(t *testing.T) {
	t.Parallel()
	living := serveOn(t, "127.0.0.1:0", "alive")
	_, port, _ := net.SplitHostPort(living)
	two := func(context.Context, string) ([]netip.Addr, error) {
		return []netip.Addr{netip.MustParseAddr("127.0.0.77"), netip.MustParseAddr("127.0.0.1")}, nil
	}
	c := New(Config{Resolve: two, Allow: allow(t, "127.0.0.0/8")}).HTTPClient(HTTPOptions{})
	if got, err := get(t, c, "http://two.test:"+port); err != nil || got != "alive" {
		t.Fatalf("got %q, %v", got, err)
	}
}

func TestTheClientRefusesAddressesHoweverTheURLSpellsThem(t *testing.T) {
	t.Parallel()
	c := New(Config{Resolve: names}).HTTPClient(HTTPOptions{Timeout: 5 * time.Second})
	for _, u := range []string{
		"http://127.0.0.1:1/", "http://localhost:1/", "http://[::1]:1/", "http://[::ffff:127.0.0.1]:1/",
		"http://2130706433:1/", "http://0x7f000001:1/", "http://0177.0.0.1:1/", "http://127.1:1/",
		"http://①②⑦.⓪.⓪.①:1/", "http://127。0。0。1:1/", "http://169.254.169.254/latest/meta-data/",
		"http://[fe80::1%25lo]:1/", "http://localhost.:1/", "http://user:pass@127.0.0.1:1/",
	} {
		if got, err := get(t, c, u); !fault.Is(err, fault.Denied) {
			t.Errorf("%s: got %q, %v; want fault.Denied", u, got, err)
		}
	}
}

func TestTheEnvironmentsProxyIsNotUsed(t *testing.T) {
	var proxied atomic.Int64
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { proxied.Add(1) }))
	defer proxy.Close()
	for _, v := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"} {
		t.Setenv(v, proxy.URL)
	}
	c := New(Config{Resolve: names}).HTTPClient(HTTPOptions{})
	if _, err := get(t, c, "http://private.test/"); !fault.Is(err, fault.Denied) || proxied.Load() != 0 {
		t.Fatalf("got %v and %d proxied requests", err, proxied.Load())
	}
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	var other *httptest.Server
	seen := make(chan http.Header, 1)
	other = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen <- r.Header }))
	t.Cleanup(other.Close)
	mux := http.NewServeMux()
	to := func(pattern, target string, code int) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", target)
			w.WriteHeader(code)
		})
	}
	to("/metadata", "http://169.254.169.254/latest/", http.StatusFound)
	to("/decimal", "http://2130706433/", http.StatusFound)
	to("/file", "file:///etc/passwd", http.StatusFound)
	to("/other", other.URL, http.StatusFound)
	to("/other-body", other.URL, http.StatusTemporaryRedirect)
	mux.HandleFunc("/chain/", func(w http.ResponseWriter, r *http.Request) {
		var left int
		fmt.Sscanf(r.URL.Path, "/chain/%d", &left)
		if left > 0 {
			http.Redirect(w, r, fmt.Sprintf("/chain/%d", left-1), http.StatusFound)
		}
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	c := New(Config{Allow: allow(t, "127.0.0.1")}).HTTPClient(HTTPOptions{Timeout: 5 * time.Second})

	for path, because := range map[string]string{
		"/metadata": "cloud metadata", "/decimal": "unusual spelling", "/file": "scheme", "/chain/6": "more than 5 times",
	} {
		if _, err := get(t, c, s.URL+path); err == nil || !strings.Contains(err.Error(), because) {
			t.Errorf("%s: got %v, want %q", path, err, because)
		}
	}
	if _, err := get(t, c, s.URL+"/chain/5"); err != nil {
		t.Errorf("five redirects: %v", err)
	}
	if _, err := c.Post(s.URL+"/other-body", "text/plain", strings.NewReader("secret=1")); !fault.Is(err, fault.Denied) {
		t.Errorf("a body for another host: got %v, want fault.Denied", err)
	}
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/other", nil)
	req.Header.Set("X-Api-Key", "secret")
	req.Header.Set("Authorization", "Bearer secret")
	req.Header.Set("Accept", "text/plain")
	if _, err := c.Do(req); err != nil {
		t.Fatal(err)
	}
	if h := <-seen; h.Get("X-Api-Key") != "" || h.Get("Authorization") != "" || h.Get("Accept") != "text/plain" {
		t.Errorf("headers at the other host: %v", h)
	}
}

func TestADowngradeFromHTTPSIsNotFollowed(t *testing.T) {
	t.Parallel()
	plain := serveOn(t, "127.0.0.1:0", "plain")
	s := httptest.NewTLSServer(http.RedirectHandler("http://"+plain, http.StatusFound))
	t.Cleanup(s.Close)
	c := New(Config{Allow: allow(t, "127.0.0.1")}).HTTPClient(HTTPOptions{RootCAs: rootsOf(s)})
	if got, err := get(t, c, s.URL); !fault.Is(err, fault.Denied) {
		t.Fatalf("got %q, %v", got, err)
	}
}

func rootsOf(s *httptest.Server) *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return pool
}

func TestTLSBelow12IsRefused(t *testing.T) {
	t.Parallel()
	for version, ok := range map[uint16]bool{tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		s.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: version}
		s.StartTLS()
		t.Cleanup(s.Close)
		c := New(Config{Allow: allow(t, "127.0.0.1")}).HTTPClient(HTTPOptions{RootCAs: rootsOf(s)})
		if _, err := get(t, c, s.URL); (err == nil) != ok {
			t.Errorf("%s: got %v, want ok=%v", tls.VersionName(version), err, ok)
		}
	}
}

func TestAnUntrustedCertificateIsRefused(t *testing.T) {
	t.Parallel()
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(s.Close)
	c := New(Config{Allow: allow(t, "127.0.0.1")}).HTTPClient(HTTPOptions{})
	if _, err := get(t, c, s.URL); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Fatalf("got %v", err)
	}
}

func TestASilentServerDoesNotHoldTheClient(t *testing.T) {
	t.Parallel()
	hold := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hold }))
	t.Cleanup(s.Close)
	t.Cleanup(func() { close(hold) })
	g := New(Config{Allow: allow(t, "127.0.0.1")})
	for name, o := range map[string]HTTPOptions{
		"by the whole exchange": {Timeout: 100 * time.Millisecond},
		"by the first byte":     {Timeout: -1, HeaderTimeout: 100 * time.Millisecond},
	} {
		if _, err := get(t, g.HTTPClient(o), s.URL); err == nil || !strings.Contains(strings.ToLower(err.Error()), "timeout") {
			t.Errorf("%s: got %v, want a timeout", name, err)
		}
	}
}

func TestAConfiguredProxyCarriesRequestsButNotToClosedAddresses(t *testing.T) {
	t.Parallel()
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "via proxy to "+r.URL.Host)
	}))
	t.Cleanup(proxy.Close)
	u, _ := url.Parse(proxy.URL)
	g := New(Config{Proxy: u, Resolve: names})
	c := g.HTTPClient(HTTPOptions{})
	for _, host := range []string{"public.test", "nobody.test", "8.8.8.8"} {
		if got, err := get(t, c, "http://"+host+"/"); err != nil || got != "via proxy to "+host {
			t.Errorf("%s: got %q, %v", host, got, err)
		}
	}
	for _, host := range []string{"169.254.169.254", "private.test", "2130706433", "[::1]"} {
		if got, err := get(t, c, "http://"+host+"/"); !fault.Is(err, fault.Denied) {
			t.Errorf("%s: got %q, %v", host, got, err)
		}
	}
	if _, err := g.dialProxy(t.Context(), "tcp", "127.0.0.1:1"); !fault.Is(err, fault.Denied) {
		t.Errorf("the proxy's dialler reached elsewhere: %v", err)
	}
	c.CloseIdleConnections()
}

func TestTheMetadataClientReachesOnlyItsFixedAddresses(t *testing.T) {
	t.Parallel()
	c := Metadata()
	for _, u := range []string{
		"http://127.0.0.1:80/", "http://localhost/", "http://169.254.169.254:8080/", "http://169.254.1.1/",
		"http://8.8.8.8/", "https://169.254.169.254/", "http://[::ffff:169.254.169.254]/", "http://2852039166/",
	} {
		if got, err := get(t, c, u); !fault.Is(err, fault.Denied) {
			t.Errorf("%s: got %q, %v; want fault.Denied", u, got, err)
		}
	}
	for _, a := range []string{"169.254.169.254:80", "[fd00:ec2::254]:80", "169.254.170.2:80", "169.254.170.23:80", "[fd00:ec2::23]:80"} {
		if !metadataAddress(netip.MustParseAddrPort(a)) {
			t.Errorf("%s is one of the fixed addresses", a)
		}
	}
}

func FuzzNoSpellingOfAHostReachesAClosedAddress(f *testing.F) {
	for _, s := range spellings() {
		f.Add(s.host)
	}
	g := New(Config{Resolve: names})
	f.Fuzz(func(t *testing.T, host string) {
		addrs, err := g.vet(context.Background(), host)
		if err != nil {
			return
		}
		for _, a := range addrs {
			if !a.IsGlobalUnicast() || a.IsPrivate() || a.Is4In6() || a.Zone() != "" {
				t.Fatalf("%q reached %s", host, a)
			}
		}
	})
}
