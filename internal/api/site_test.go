package api

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
)

func TestTheUIIsServed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const page, forever = "no-store", "public, max-age=31536000, immutable"
	for _, test := range []struct {
		name, method, path, accept   string
		code                         int
		kind, cached, encoding, body string
	}{
		{"the first page", "GET", "/", "", 200, "text/html; charset=utf-8", page, "", "<!doctype"},
		{"a page of the UI", "GET", "/tickets/INC-1", "", 200, "text/html; charset=utf-8", page, "", "<!doctype"},
		{"a page whose name has a dot", "GET", "/findings/a.b", "", 200, "text/html; charset=utf-8", page, "", "<!doctype"},
		{"a path that climbs", "GET", "/../../etc/passwd", "", 200, "text/html; charset=utf-8", page, "", "<!doctype"},
		{"a hashed file", "GET", "/assets/app-abc123.js", "", 200, "text/javascript; charset=utf-8", forever, "", "console.log"},
		{"a hashed file, zipped", "GET", "/assets/app-abc123.js", "gzip, deflate", 200, "text/javascript; charset=utf-8", forever, "gzip", ""},
		{"a hashed file as it was built", "GET", "/assets/app-abc123.js", "gzip, br;q=1.0", 200, "text/javascript; charset=utf-8", forever, "br", "brotli bytes"},
		{"an encoding that is refused", "GET", "/assets/app-abc123.js", "br;q=0, gzip;q=0", 200, "text/javascript; charset=utf-8", forever, "", "console.log"},
		{"a font", "GET", "/assets/logo-1.woff2", "gzip", 200, "font/woff2", forever, "", "font"},
		{"a file that may change", "GET", "/favicon.svg", "", 200, "image/svg+xml", "no-cache", "", "<svg/>"},
		{"a file of an older build", "GET", "/assets/app-old.js", "", 404, problemType, page, "", ""},
		{"a packed file by its own name", "GET", "/assets/app-abc123.js.br", "", 404, problemType, page, "", ""},
		{"only the head", "HEAD", "/assets/app-abc123.js", "", 200, "text/javascript; charset=utf-8", forever, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := w.do(req{method: test.method, path: test.path, header: map[string]string{"Accept-Encoding": test.accept}})
			if a.status != test.code || a.header.Get("Content-Type") != test.kind || a.header.Get("Cache-Control") != test.cached || a.header.Get("Content-Encoding") != test.encoding {
				t.Errorf("%d %v", a.status, a.header)
			}
			if !strings.HasPrefix(string(a.body), test.body) || (test.method == "HEAD" && len(a.body) > 0) {
				t.Errorf("body = %.80s", a.body)
			}
		})
	}
}

func TestAZippedFileIsTheFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	plain := w.do(req{method: "GET", path: "/assets/app-abc123.js"})
	a := w.do(req{method: "GET", path: "/assets/app-abc123.js", header: map[string]string{"Accept-Encoding": "gzip"}})
	zr, err := gzip.NewReader(bytes.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(zr)
	if err != nil || !bytes.Equal(got, plain.body) {
		t.Errorf("unzipped %d bytes of %d, %v", len(got), len(plain.body), err)
	}
	if plain.header.Get("Vary") != "Accept-Encoding" {
		t.Error("no Vary")
	}
	tag := w.do(req{method: "GET", path: "/favicon.svg"}).header.Get("ETag")
	if a := w.do(req{method: "GET", path: "/favicon.svg", header: map[string]string{"If-None-Match": tag}}); a.status != http.StatusNotModified || len(a.body) != 0 {
		t.Errorf("If-None-Match: %d", a.status)
	}
}

func TestWithoutABuiltUIThePageSaysHowToBuildIt(t *testing.T) {
	t.Parallel()
	for name, deps := range map[string]Deps{"no files": {}, "no index": {UI: fstest.MapFS{"robots.txt": {}}}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := newSite(deps.UI)
			if err != nil {
				t.Fatal(err)
			}
			if got := string(s.files["index.html"].plain); !strings.Contains(got, "make build") {
				t.Errorf("page = %s", got)
			}
		})
	}
}
