package evidence

import (
	"archive/zip"
	"bytes"
	"os"
	"strings"
	"testing"
	"unicode/utf8"
)

func writeFile(path string, b []byte) error { return os.WriteFile(path, b, 0o600) }

// zipped makes an archive of names, each with some zeros.
func zipped(t testing.TB, size int, names ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, name := range names {
		f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
		if err == nil {
			_, err = f.Write(make([]byte, size))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestALookShowsWhatIsThereAndHidesNothing(t *testing.T) {
	t.Parallel()
	l := lookAt([]byte("a\u202eb\x1b[31m\u200bc\nd"), 20)
	if l.Kind != "text" || strings.ContainsAny(l.Text, "\u202e\x1b\u200b") || !strings.Contains(l.Text, "\nd") || strings.Count(l.Text, "⟦U+") != 3 || !strings.HasPrefix(l.Text, "a⟦U+202E⟧b") {
		t.Errorf("%q", l.Text)
	}
	if l = lookAt([]byte("\x7fELF\x00\x01"), 6); l.Kind != "binary" || l.Text != "" || !strings.Contains(l.Hex, "7f 45 4c 46") {
		t.Errorf("%+v", l)
	}
	if l = lookAt([]byte(strings.Repeat("é", lookBytes)), 2*lookBytes); l.Kind != "text" || !l.Cut || !utf8.ValidString(l.Text) {
		t.Errorf("%s, cut %v", l.Kind, l.Cut)
	}
}

func TestAnArchiveIsListedWithWhatIsOddAboutIt(t *testing.T) {
	t.Parallel()
	b := zipped(t, 3, "ok.txt", "../../etc/passwd", `..\..\evil.dll`, "/abs", "C:/x", "dir/a\u202etxt.exe")
	l := lookAt(b, int64(len(b)))
	if l.Kind != "archive" || l.Count != 6 || len(l.Entries) != 6 {
		t.Fatalf("%+v", l)
	}
	for _, e := range l.Entries {
		odd := e.Warning != ""
		if odd != (e.Name != "ok.txt" && !strings.HasPrefix(e.Name, "dir/")) || strings.Contains(e.Name, "\u202e") {
			t.Errorf("%q: %q", e.Name, e.Warning)
		}
	}
	bomb := zipped(t, 60<<20, "a", "b")
	if l = lookAt(bomb, int64(len(bomb))); len(l.Warnings) == 0 {
		t.Error("a bomb looks like nothing")
	}
	names := make([]string, mostListed+5)
	for i := range names {
		names[i] = strings.Repeat("n", 5)
	}
	many := zipped(t, 0, names...)
	if l = lookAt(many, int64(len(many))); len(l.Entries) != listedShown || len(l.Warnings) == 0 || l.Count != len(names) {
		t.Errorf("%d entries of %d, %v", len(l.Entries), l.Count, l.Warnings)
	}
	if l = lookAt([]byte("PK\x03\x04 nothing behind"), 21); l.Kind != "text" && len(l.Warnings) == 0 {
		t.Errorf("%+v", l)
	}
}

func FuzzALookTakesAnyBytes(f *testing.F) {
	f.Add([]byte("hello"))
	f.Add(zipped(f, 1, "a", "../b"))
	f.Fuzz(func(t *testing.T, b []byte) {
		l := lookAt(b, int64(len(b)))
		if !utf8.ValidString(l.Text) || len(l.Entries) > listedShown {
			t.Errorf("%+v", l)
		}
		for _, e := range l.Entries {
			if !utf8.ValidString(e.Name) {
				t.Errorf("%q", e.Name)
			}
		}
	})
}

func FuzzANameIsSafeToShow(f *testing.F) {
	f.Add(`C:\Users\x\..\evil` + "\u202egpj.exe")
	f.Fuzz(func(t *testing.T, name string) {
		clean := cleanName(name)
		if clean == "" || !utf8.ValidString(clean) || strings.ContainsAny(clean, "/\\\x00\n\u202e") || utf8.RuneCountInString(clean) > maxName {
			t.Errorf("%q becomes %q", name, clean)
		}
	})
}
