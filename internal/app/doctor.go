package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"tocsin/internal/api"
	"tocsin/internal/cli"
	"tocsin/internal/db"
	"tocsin/internal/egress"
	"tocsin/internal/fault"
	"tocsin/internal/seal"
)

// findings of the doctor.
func good(name, format string, args ...any) api.Check {
	return api.Check{Name: name, OK: true, State: "ok", Detail: fmt.Sprintf(format, args...)}
}

func warn(name, do, format string, args ...any) api.Check {
	return api.Check{Name: name, OK: true, State: "warn", Do: do, Detail: fmt.Sprintf(format, args...)}
}

func bad(name, do, format string, args ...any) api.Check {
	return api.Check{Name: name, State: "fail", Do: do, Detail: fmt.Sprintf(format, args...)}
}

// doctor looks at an installation from outside, whether a server runs on it or
// not. It changes nothing.
func doctor(ctx context.Context, o cli.ServeOptions) ([]cli.Check, error) {
	checks := settingsChecks(o)
	s := Settings{Data: o.Data, DB: o.DB, KeyFile: o.KeyFile, Log: discard(), Scrub: &seal.Scrubber{}}
	d, err := db.Open(ctx, db.Config{Dir: s.Data, URL: s.DB, ReadOnly: true})
	if err != nil {
		return told(append(checks, databaseTrouble(err))), nil
	}
	r, err := assembleBeside(ctx, d, s)
	if err != nil {
		checks = append(checks, keyTrouble(err))
		return told(checks), d.Close()
	}
	checks = append(checks, r.dataChecks(ctx)...)
	return told(checks), r.Close()
}

// assembleBeside wires rooms over a database that another process may hold.
func assembleBeside(ctx context.Context, d *db.DB, s Settings) (*Rooms, error) {
	guard, err := openGuard("")
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(keyPath(s)); err != nil { // loading would make one
		return nil, fault.New(fault.Invalid, "There is no key file %s.", keyPath(s)).WithSlug("key-file")
	}
	key, err := loadKey(s)
	if err != nil {
		return nil, err
	}
	return assemble(ctx, d, seal.New(key), guard, s)
}

// examine is what a running server says of itself.
func (r *Rooms) examine(ctx context.Context, o cli.ServeOptions) []api.Check {
	return append(settingsChecks(o), r.dataChecks(ctx)...)
}

func told(checks []api.Check) []cli.Check {
	out := make([]cli.Check, len(checks))
	for i, c := range checks {
		out[i] = cli.Check(c)
	}
	return out
}

func databaseTrouble(err error) api.Check {
	do := "Look at what the message names. When the file is damaged, restore a backup: tocsin restore FILE --replace."
	switch text := err.Error(); {
	case errors.Is(err, fs.ErrNotExist):
		do = "Name the data directory with --data, or begin with tocsin serve."
	case strings.Contains(text, "did not end"):
		do = "Run tocsin restore again."
	case strings.Contains(text, "reads version"):
		do = "Stop the server and run tocsin migrate, or use the tocsin that wrote it."
	}
	return bad("database", do, "%s", err)
}

func keyTrouble(err error) api.Check {
	return bad("key file", "Put the key file of this installation back, or name it with --key-file. Without it no secret can be opened.", "%s", err)
}

// settingsChecks look at what needs no database.
func settingsChecks(o cli.ServeOptions) []api.Check {
	checks := []api.Check{good("version", "%s", strings.Join(version(), ", ")), addressCheck(o), egressCheck(o.EgressAllow)}
	checks = append(checks, modeCheck("data directory", o.Data, 0o700))
	if o.DB == "" {
		checks = append(checks, modeCheck("database file", filepath.Join(o.Data, db.FileName), 0o700))
	}
	return append(checks, keyCheck(o))
}

func keyCheck(o cli.ServeOptions) api.Check {
	s := Settings{Data: o.Data, KeyFile: o.KeyFile}
	path := keyPath(s)
	if _, err := os.Stat(path); err != nil {
		return bad("key file", "Put the key file back, or name it with --key-file.", "there is none at %s", path)
	}
	key, err := seal.LoadKey(path, o.Data) // refuses a wrong place and wide modes
	if err != nil {
		return keyTrouble(err)
	}
	return good("key file", "%s, key %s, for its owner only, outside the data directory", path, key.ID())
}

// modeCheck wants a file to be its owner's alone; what is not there is told by
// other checks.
func modeCheck(name, path string, most fs.FileMode) api.Check {
	info, err := os.Stat(path)
	if err != nil {
		return good(name, "not there")
	}
	// SQLite makes its files 0644; the directory around them is what closes them.
	if !info.IsDir() {
		dir, err := os.Stat(filepath.Dir(path))
		if err == nil && dir.Mode().Perm()&0o077 == 0 {
			return good(name, "%s, in a directory for its owner only", inBytes(info.Size()))
		}
	}
	if wide := info.Mode().Perm() &^ most; wide != 0 {
		return bad(name, fmt.Sprintf("chmod %o %s", info.Mode().Perm()&most, path), "%s can be read or changed by others (mode %04o)", path, info.Mode().Perm())
	}
	return good(name, "%s, mode %04o", path, info.Mode().Perm())
}

// addressCheck wants TLS between people and the server where that is not one
// machine.
func addressCheck(o cli.ServeOptions) api.Check {
	const name = "address"
	host, _, err := net.SplitHostPort(o.Addr)
	if err != nil {
		return bad(name, "Write --addr as HOST:PORT.", "%s is not an address", o.Addr)
	}
	ip, err := netip.ParseAddr(host)
	local := host == "localhost" || (err == nil && ip.IsLoopback())
	switch {
	case strings.HasPrefix(o.PublicURL, "https://"):
		return good(name, "%s, reached as %s", o.Addr, o.PublicURL)
	case o.PublicURL != "":
		return warn(name, "Put a proxy with TLS before it, and say https:// in --public-url.", "people reach it as %s, in the clear", o.PublicURL)
	case !local:
		return warn(name, "Put a proxy with TLS before it and name it with --public-url, or listen on 127.0.0.1.", "it listens on %s, in the clear", o.Addr)
	}
	return good(name, "%s, for this machine only", o.Addr)
}

// egressCheck warns of allow lists through which a connection could be talked
// into reaching what it should not.
func egressCheck(allow string) api.Check {
	const name = "egress"
	prefixes, err := egress.ParseAllow(allow)
	if err != nil {
		return bad(name, "Mend TOCSIN_EGRESS_ALLOW.", "%s", err)
	}
	for _, p := range prefixes {
		for _, never := range []string{"169.254.169.254", "fd00:ec2::254", "127.0.0.1", "::1"} {
			if p.Contains(netip.MustParseAddr(never)) {
				return warn(name, "Name only the networks of the systems that you connect.", "%s lets connections reach %s", p, never)
			}
		}
		if (p.Addr().Is4() && p.Bits() < 16) || (p.Addr().Is6() && p.Bits() < 48) {
			return warn(name, "Name only the networks of the systems that you connect.", "%s is a wide network", p)
		}
	}
	if len(prefixes) == 0 {
		return good(name, "no private network may be reached")
	}
	return good(name, "%d private networks may be reached", len(prefixes))
}
