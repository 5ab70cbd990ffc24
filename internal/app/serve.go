package app

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tocsin/internal/api"
	"tocsin/internal/cli"
	"tocsin/internal/seal"
	"tocsin/web"
)

// drain is how long requests in hand may take after the signal to stop.
const drain = 15 * time.Second

// serve runs the server until ctx ends, then drains. It prints where it
// listens and, on an installation that nobody has set up, the one-time link.
func serve(ctx context.Context, o cli.ServeOptions, stdout, stderr io.Writer) (err error) {
	scrub := &seal.Scrubber{}
	log, err := newLog(o.LogLevel, stderr, scrub)
	if err != nil {
		return err
	}
	tuneMemory()
	if err := keepTemporaryFiles(o.Data); err != nil {
		return err
	}
	roots, err := ownAuthorities()
	if err != nil {
		return err
	}
	r, err := Open(ctx, Settings{Data: o.Data, DB: o.DB, KeyFile: o.KeyFile, Egress: o.EgressAllow, RootCAs: roots, Log: log, Scrub: scrub})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.Addr)
	if err != nil {
		return fmt.Errorf("listening on %s: %w", o.Addr, err)
	}
	handler, err := r.handler(o, listener.Addr())
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	r.Notify.SetBase(base(o, listener.Addr()))
	stop := r.start(ctx)
	defer stop()
	if err := r.greet(ctx, stdout, base(o, listener.Addr())); err != nil {
		return errors.Join(err, listener.Close())
	}
	return listen(ctx, listener, handler, log)
}

// tuneMemory trades memory that nobody misses for processor time: the live heap
// is small, so the collector would run all the time. Under intake this saves a
// sixth of the processor. Who sets GOGC or GOMEMLIMIT knows better.
func tuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(256 << 20)
	}
}

// keepTemporaryFiles has SQLite put what it sorts into the data directory, which
// only this user can read and which has room, instead of the machine's /tmp. The
// engine reads this variable of the process and nothing else.
func keepTemporaryFiles(data string) error {
	if os.Getenv("SQLITE_TMPDIR") != "" {
		return nil
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return err
	}
	return os.Setenv("SQLITE_TMPDIR", data)
}

// ownAuthorities reads the certificate authorities that the AWS SDK is told of by
// AWS_CA_BUNDLE, beside the system's, for every connection. The variable is then
// taken away: the SDK would want to build its own HTTP client around the guard.
func ownAuthorities() (*x509.CertPool, error) {
	file := os.Getenv("AWS_CA_BUNDLE")
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file) //nolint:gosec // the operator names it
	if err != nil {
		return nil, fmt.Errorf("reading AWS_CA_BUNDLE: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("reading the system's certificate authorities: %w", err)
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("AWS_CA_BUNDLE names %s, which holds no certificate", file)
	}
	return pool, os.Unsetenv("AWS_CA_BUNDLE")
}

// newLog writes JSON lines for operators, with secrets taken out by value.
func newLog(level string, w io.Writer, scrub *seal.Scrubber) (*slog.Logger, error) {
	var l slog.Level
	if level != "" {
		if err := l.UnmarshalText([]byte(level)); err != nil {
			return nil, fmt.Errorf("the log level must be debug, info, warn or error: %w", err)
		}
	}
	return slog.New(scrub.Handler(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: l}))), nil
}

// handler makes everything that answers HTTP.
func (r *Rooms) handler(o cli.ServeOptions, at net.Addr) (http.Handler, error) {
	registry := prometheus.NewRegistry()
	if err := r.register(registry); err != nil {
		return nil, err
	}
	s, err := api.New(api.Deps{
		DB: r.DB, Journal: r.Journal, Identity: r.Identity, Findings: r.Findings, Tickets: r.Tickets,
		Connections: r.Connections, Duty: r.Duty, SLA: r.SLA, Report: r.Report, Evidence: r.Evidence, Notify: r.Notify, Feed: r.Feed, Log: r.Log, Intake: r.Intake, Bring: r.Bring, Again: r.Again, Deliver: r.Deliver, Demo: r.Demo, Forecast: r.Forecast, Node: r.Node,
		Installation: r.installation(func(ctx context.Context) ([]api.Check, error) { return r.examine(ctx, o), nil }),
		PublicURL:    o.PublicURL, UI: ui(), Metrics: registry, MetricsOpen: loopback(at) && o.PublicURL == "",
	})
	if err != nil {
		return nil, err
	}
	r.left = s.Wait
	return s.Handler(), nil
}

func ui() fs.FS { return web.Dist() }

func loopback(at net.Addr) bool {
	tcp, ok := at.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// base is the address that people open.
func base(o cli.ServeOptions, at net.Addr) string {
	if o.PublicURL != "" {
		return strings.TrimSuffix(o.PublicURL, "/")
	}
	host, port, err := net.SplitHostPort(at.String())
	if err != nil {
		return "http://" + at.String()
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// start runs what works beside the requests: jobs, readers, the live feed and
// the feeds of connections. The function that it returns ends them, feeds
// first, so that nothing comes in that cannot be finished.
func (r *Rooms) start(ctx context.Context) (stop func()) {
	ctx = context.WithoutCancel(ctx)
	r.ensureTargets(ctx)
	var stops []func()
	for _, run := range []func(context.Context){r.Connections.Run, r.runJobs, r.SLA.Run, r.Notify.Run, r.Feed.Run, r.Watch} {
		own, cancel := context.WithCancel(ctx)
		done := make(chan struct{})
		go func() { defer close(done); run(own) }()
		stops = append(stops, func() { cancel(); <-done })
	}
	return sync.OnceFunc(func() {
		for _, s := range stops {
			s()
		}
	})
}

func (r *Rooms) greet(ctx context.Context, w io.Writer, base string) error {
	needed, err := r.Identity.NeedsSetup(ctx)
	if err != nil {
		return err
	}
	if needed {
		_, err = fmt.Fprintf(w, "Open this link once to make the first administrator:\n\n  %s/setup?token=%s\n\n", base, r.Identity.NewSetupToken())
		if err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(w, "listening on %s\n", base)
	return err
}

// listen serves until ctx ends, then lets requests in hand finish. Streams of
// events end at once, because their base context does.
func listen(ctx context.Context, l net.Listener, h http.Handler, log *slog.Logger) error {
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 2 * time.Minute, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10, BaseContext: func(net.Listener) context.Context { return base },
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	log.InfoContext(ctx, "stopping")
	limit, end := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer end()
	server.RegisterOnShutdown(cancel)
	if err := server.Shutdown(limit); err != nil {
		return errors.Join(err, server.Close())
	}
	return nil
}
