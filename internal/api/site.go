package api

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"

	"tocsin/internal/fault"
)

// site is the built UI in memory: every file in the encodings that browsers
// take, ready to send.
type site struct{ files map[string]*asset }

// asset is one file.
type asset struct {
	kind   string
	tag    string
	plain  []byte
	packed map[string][]byte // by Content-Encoding
	cached string            // Cache-Control
}

// notBuilt is what is served where no UI was built.
const notBuilt = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Tocsin</title></head>
<body><h1>Tocsin</h1><p>The server runs; its web UI was not built: <code>make build</code></p></body></html>
`

func newSite(files fs.FS) (*site, error) {
	s := &site{files: map[string]*asset{}}
	if files != nil {
		err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || isPacked(name) {
				return err
			}
			return s.load(files, name)
		})
		if err != nil {
			return nil, fault.Wrap(err, "loading the web UI")
		}
	}
	if s.files["index.html"] == nil {
		s.files["index.html"] = newAsset("index.html", []byte(notBuilt))
	}
	return s, nil
}

func isPacked(name string) bool {
	return strings.HasSuffix(name, ".gz") || strings.HasSuffix(name, ".br")
}

func (s *site) load(files fs.FS, name string) error {
	plain, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	a := newAsset(name, plain)
	for encoding, suffix := range map[string]string{"br": ".br", "gzip": ".gz"} {
		if packed, err := fs.ReadFile(files, name+suffix); err == nil {
			a.packed[encoding] = packed
		}
	}
	a.zip()
	s.files[name] = a
	return nil
}

func newAsset(name string, plain []byte) *asset {
	sum := sha256.Sum256(plain)
	a := &asset{kind: kindOf(name), tag: `"` + hex.EncodeToString(sum[:8]) + `"`, plain: plain, packed: map[string][]byte{}, cached: "no-cache"}
	switch {
	case name == "index.html":
		a.cached = "no-store" // it names the hashed files of this version
	case strings.HasPrefix(name, "assets/"):
		a.cached = "public, max-age=31536000, immutable"
	}
	return a
}

// zip packs what the build has not packed, which is little.
func (a *asset) zip() {
	if a.packed["gzip"] != nil || len(a.plain) <= 1024 || !compressible(a.kind) {
		return
	}
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // the level exists
	_, _ = w.Write(a.plain)                                 // memory takes everything
	_ = w.Close()
	a.packed["gzip"] = out.Bytes()
}

// kindOf does not ask the machine's tables, which differ between machines.
func kindOf(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".json", ".map":
		return "application/json"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".ico":
		return "image/x-icon"
	case ".woff2":
		return "font/woff2"
	case ".txt":
		return "text/plain; charset=utf-8"
	case ".webmanifest":
		return "application/manifest+json"
	}
	return "application/octet-stream"
}

func compressible(kind string) bool {
	return strings.HasPrefix(kind, "text/") || strings.Contains(kind, "json") || strings.Contains(kind, "svg")
}

// serveSite answers with a file, or with index.html for a page of the UI. A
// missing hashed file is not a page: the browser has an old index.html.
func (s *Server) serveSite(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		s.refuse(w, r, fault.New(fault.Invalid, "This address takes GET, HEAD.").WithSlug(slugMethod))
		return
	}
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	a := s.site.files[name]
	if a == nil {
		if strings.HasPrefix(name, "assets/") {
			s.refuse(w, r, fault.New(fault.Missing, "This file is not part of the UI that runs now.").WithSlug("no-route"))
			return
		}
		a = s.site.files["index.html"]
	}
	a.send(w, r)
}

func (a *asset) send(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", a.cached)
	h.Set("ETag", a.tag)
	if len(a.packed) > 0 {
		h.Set("Vary", "Accept-Encoding")
	}
	if a.cached != "no-store" && r.Header.Get("If-None-Match") == a.tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := a.plain
	for _, encoding := range []string{"br", "gzip"} {
		if packed := a.packed[encoding]; packed != nil && accepts(r, encoding) {
			body = packed
			h.Set("Content-Encoding", encoding)
			break
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

// accepts reports whether the caller takes an encoding; one with weight 0 is
// refused by its caller (RFC 9110 §12.5.3).
func accepts(r *http.Request, encoding string) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(name), encoding) {
			q := strings.ReplaceAll(weight, " ", "")
			return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
		}
	}
	return false
}
