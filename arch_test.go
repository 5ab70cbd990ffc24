// Package tocsin_test holds the house to its drawing: ARCHITECTURE.md says
// which room may import which, and the rules below fail on what is not drawn
// there. arch_self_test.go proves each rule on invented sources.
package tocsin_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	module       = "tocsin/"
	maxRooms     = 29
	maxLines     = 500
	maxFuncLines = 80
)

func TestTheHouseStandsAsDrawn(t *testing.T) {
	t.Parallel()
	h, err := read(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range rules() {
		t.Run(rule.name, func(t *testing.T) {
			t.Parallel()
			for _, complaint := range rule.find(h) {
				t.Error(complaint)
			}
		})
	}
}

// A rule names what is wrong, a line each.
type rule struct {
	name string
	find func(*house) []string
}

func rules() []rule {
	return []rule{
		{"the drawing is sound", drawingFaults},
		{"every room is drawn and every drawn room stands", roomFaults},
		{"rooms import only what is drawn", importFaults},
		{"every package has one package comment", commentFaults},
		{"no file is too long", lengthFaults},
		{"no function is too long", functionFaults},
		{"only db and job read the clock", clockFaults},
		{"nothing happens before main", initFaults},
		{"no feature of the web imports another", featureFaults},
	}
}

type house struct {
	drawing []room
	sources []source
	pages   []page // TypeScript
}

// room is a line of the drawing: `ticket : fault db journal`.
type room struct {
	name    string
	imports []string
}

type source struct {
	path, room      string
	lines           int
	test, generated bool
	syntax          *ast.File
	files           *token.FileSet
}

type page struct {
	path, text string
	lines      int
}

// read takes in a repository; what is generated is told by its header.
func read(tree fs.FS) (*house, error) {
	text, err := fs.ReadFile(tree, "ARCHITECTURE.md")
	if err != nil {
		return nil, err
	}
	h := &house{drawing: drawing(string(text))}
	err = fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if skipped(name, d.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		return h.add(tree, name)
	})
	return h, err
}

func skipped(name, base string) bool {
	return name != "." && (strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") ||
		slices.Contains([]string{"node_modules", "testdata", "bin", "dist"}, base))
}

func (h *house) add(tree fs.FS, name string) error {
	ext := path.Ext(name)
	if ext != ".go" && !(strings.HasPrefix(name, "web/") && (ext == ".ts" || ext == ".tsx")) {
		return nil
	}
	text, err := fs.ReadFile(tree, name)
	if err != nil {
		return err
	}
	lines := strings.Count(string(text), "\n")
	if ext != ".go" {
		if !strings.Contains(string(text[:min(len(text), 200)]), "auto-generated") {
			h.pages = append(h.pages, page{name, string(text), lines})
		}
		return nil
	}
	files := token.NewFileSet()
	syntax, err := parser.ParseFile(files, name, text, parser.ParseComments)
	if err != nil {
		return err
	}
	h.sources = append(h.sources, source{
		path: name, room: roomOf(path.Dir(name)), lines: lines, syntax: syntax, files: files,
		test: strings.HasSuffix(name, "_test.go"), generated: ast.IsGenerated(syntax),
	})
	return nil
}

// drawing reads the block that starts with ```rooms; # starts a comment.
func drawing(text string) []room {
	_, text, _ = strings.Cut(text, "\n```rooms\n")
	text, _, _ = strings.Cut(text, "\n```")
	var rooms []room
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		name, imports, found := strings.Cut(line, ":")
		if found {
			rooms = append(rooms, room{strings.TrimSpace(name), strings.Fields(imports)})
		}
	}
	return rooms
}

// roomOf names the room a folder belongs to: inner packages and test helpers
// are part of the room around them, and each vendor under connector is a room.
// The root, test and scripts are outside the house and have none.
func roomOf(dir string) string {
	parts := strings.Split(dir, "/")
	switch parts[0] {
	case ".", "test", "scripts":
		return ""
	case "internal":
		parts = parts[1:]
	default:
		return parts[0]
	}
	if len(parts) > 1 && parts[0] == "connector" && parts[1] != "internal" && !strings.HasSuffix(parts[1], "test") {
		return "connector/" + parts[1]
	}
	return parts[0]
}

// line is the room's place in the drawing, -1 where it is not drawn. A vendor
// without a line of its own stands under connector/*.
func (h *house) line(name string) int {
	at := slices.IndexFunc(h.drawing, func(r room) bool { return r.name == name })
	if at < 0 && strings.HasPrefix(name, "connector/") && name != "connector/*" {
		return h.line("connector/*")
	}
	return at
}

// may answers whether the drawing lets a room import another. Tests may use
// every room drawn above theirs, to set the scene.
func (h *house) may(from, to string, test bool) bool {
	if from == to {
		return true
	}
	own, other := h.line(from), h.line(to)
	if own < 0 || other < 0 {
		return false
	}
	imports := h.drawing[own].imports
	return slices.Contains(imports, to) || slices.Contains(imports, h.drawing[other].name) ||
		(other < own && (test || slices.Contains(imports, "*")))
}

func drawingFaults(h *house) (faults []string) {
	if len(h.drawing) == 0 {
		return []string{"ARCHITECTURE.md has no rooms block"}
	}
	inside := map[string]bool{}
	for at, r := range h.drawing {
		for _, name := range r.imports {
			if other := h.line(name); name != "*" && (other < 0 || other >= at) {
				faults = append(faults, fmt.Sprintf("ARCHITECTURE.md: %s imports %s, which is not drawn above it", r.name, name))
			}
		}
		if r.name != "cmd" && r.name != "web" && r.name != "deploy" {
			vendor, _, _ := strings.Cut(r.name, "/")
			inside[vendor] = true
		}
	}
	if len(inside) > maxRooms {
		faults = append(faults, fmt.Sprintf("ARCHITECTURE.md: %d rooms, want at most %d: find the new one's place in another", len(inside), maxRooms))
	}
	return faults
}

func roomFaults(h *house) (faults []string) {
	standing := map[string]bool{}
	for _, s := range h.sources {
		at := h.line(s.room)
		if at >= 0 {
			standing[h.drawing[at].name] = true
		} else if s.room != "" {
			faults = append(faults, fmt.Sprintf("%s: room %s is not drawn in ARCHITECTURE.md", s.path, s.room))
		}
	}
	for _, r := range h.drawing {
		if !standing[r.name] {
			faults = append(faults, fmt.Sprintf("ARCHITECTURE.md draws %s, which does not exist", r.name))
		}
	}
	return faults
}

func importFaults(h *house) (faults []string) {
	for _, s := range h.sources {
		for _, spec := range s.syntax.Imports {
			target, ours := strings.CutPrefix(strings.Trim(spec.Path.Value, `"`), module)
			if to := roomOf(target); ours && s.room != "" && !h.may(s.room, to, s.test) {
				faults = append(faults, fmt.Sprintf("%s: %s may not import %s", s.path, s.room, naming(to, target)))
			}
		}
	}
	return faults
}

// naming names a package outside the house by its path.
func naming(room, target string) string {
	if room == "" {
		return target
	}
	return room
}

func commentFaults(h *house) (faults []string) {
	comments := map[string]int{}
	var order []string
	for _, s := range h.sources {
		dir := path.Dir(s.path)
		if s.test || s.room == "" {
			continue
		}
		if !slices.Contains(order, dir) {
			order = append(order, dir)
		}
		if s.syntax.Doc != nil {
			comments[dir]++
		}
	}
	for _, dir := range order {
		if comments[dir] != 1 {
			faults = append(faults, fmt.Sprintf("%s has %d package comments, want 1 (in doc.go)", dir, comments[dir]))
		}
	}
	return faults
}

func lengthFaults(h *house) (faults []string) {
	complain := func(name string, lines int) {
		if lines > maxLines {
			faults = append(faults, fmt.Sprintf("%s has %d lines, want at most %d", name, lines, maxLines))
		}
	}
	for _, s := range h.sources {
		if !s.generated {
			complain(s.path, s.lines)
		}
	}
	for _, p := range h.pages {
		complain(p.path, p.lines)
	}
	return faults
}

func functionFaults(h *house) (faults []string) {
	for _, s := range h.sources {
		if s.test || s.generated || s.room == "" {
			continue
		}
		for _, decl := range s.syntax.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			from, to := s.files.Position(f.Pos()), s.files.Position(f.End())
			if lines := to.Line - from.Line + 1; lines > maxFuncLines {
				faults = append(faults, fmt.Sprintf("%s: %s has %d lines, want at most %d", from, f.Name.Name, lines, maxFuncLines))
			}
		}
	}
	return faults
}

// clockFaults: a transaction has one Now, so that tests and the demo can run
// under another clock.
func clockFaults(h *house) (faults []string) {
	for _, s := range h.sources {
		name := importedAs(s.syntax, "time")
		if s.test || s.room == "" || s.room == "db" || s.room == "job" || name == "" {
			continue
		}
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			call, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			of, ok := call.X.(*ast.Ident)
			if ok && of.Name == name && slices.Contains([]string{"Now", "Since", "Until"}, call.Sel.Name) {
				faults = append(faults, fmt.Sprintf("%s: time.%s outside db and job: use the transaction's Now", s.files.Position(n.Pos()), call.Sel.Name))
			}
			return true
		})
	}
	return faults
}

// importedAs is the name a file knows a package by, empty where it does not.
func importedAs(f *ast.File, pkg string) string {
	for _, spec := range f.Imports {
		if spec.Path.Value != `"`+pkg+`"` {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return pkg
	}
	return ""
}

func initFaults(h *house) (faults []string) {
	for _, s := range h.sources {
		for _, decl := range s.syntax.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if ok && !s.generated && f.Recv == nil && f.Name.Name == "init" {
				faults = append(faults, fmt.Sprintf("%s: no init: say it where it is used", s.files.Position(f.Pos())))
			}
		}
	}
	return faults
}

// featureFaults looks at import, export … from and import(…).
func featureFaults(h *house) (faults []string) {
	importing := regexp.MustCompile(`(?:\bfrom|\bimport)\s*\(?\s*["']([^"']+)["']`)
	for _, p := range h.pages {
		own := feature(p.path)
		if own == "" {
			continue
		}
		for _, match := range importing.FindAllStringSubmatch(p.text, -1) {
			target := match[1]
			if strings.HasPrefix(target, ".") {
				target = path.Join(path.Dir(p.path), target)
			}
			if other := feature(target); other != "" && other != own {
				faults = append(faults, fmt.Sprintf("%s: feature %s may not import feature %s", p.path, own, other))
			}
		}
	}
	return faults
}

// feature is the folder right below features.
func feature(name string) string {
	_, rest, _ := strings.Cut(name, "features/")
	own, _, _ := strings.Cut(rest, "/")
	return own
}
