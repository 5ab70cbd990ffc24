package web

import (
	"io/fs"
	"strings"
	"testing"
)

func TestDistAlwaysHasAPageToServe(t *testing.T) {
	t.Parallel()
	page, err := fs.ReadFile(Dist(), "index.html")
	if err != nil {
		t.Fatalf("index.html: %v", err)
	}
	if !strings.Contains(string(page), "Tocsin") {
		t.Fatalf("index.html is not ours: %.80s", page)
	}
}

func TestDistNeedsNoInlineScriptOrStyle(t *testing.T) {
	t.Parallel()
	page, err := fs.ReadFile(Dist(), "index.html")
	if err != nil {
		t.Fatalf("index.html: %v", err)
	}
	for _, banned := range []string{"<style", "style=", "<script>", "onload=", "http://", "https://"} {
		if strings.Contains(string(page), banned) {
			t.Errorf("index.html holds %q, which the content security policy refuses", banned)
		}
	}
}
