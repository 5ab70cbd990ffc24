package evidence

import (
	"archive/zip"
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1" //nolint:gosec // the format says so
	"encoding/binary"
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// decrypt reads AE-2 a second way: with the counter made for each block by
// hand, and the whole in memory.
func decrypt(t *testing.T, b []byte, password string) []byte {
	t.Helper()
	salt, check, body, mac := b[:16], b[16:18], b[18:len(b)-10], b[len(b)-10:]
	keys, err := pbkdf2.Key(sha1.New, password, salt, 1000, 66)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(keys[64:], check) {
		t.Fatal("the password is another")
	}
	sum := hmac.New(sha1.New, keys[32:64])
	sum.Write(body)
	if !bytes.Equal(sum.Sum(nil)[:10], mac) {
		t.Fatal("the content was changed")
	}
	block, err := aes.NewCipher(keys[:32])
	if err != nil {
		t.Fatal(err)
	}
	out := make([]byte, len(body))
	for n := 0; n < len(body); n += 16 {
		at := make([]byte, 16)
		binary.LittleEndian.PutUint64(at, uint64(n/16+1))
		pad := make([]byte, 16)
		cipher.NewCBCEncrypter(block, make([]byte, 16)).CryptBlocks(pad, at) // one block: plain AES
		for i := n; i < min(n+16, len(body)); i++ {
			out[i] = body[i] ^ pad[i-n]
		}
	}
	return out
}

func TestAnArchiveIsReadByOthersAndOpensWithThePassword(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{"empty": "", "small.exe": "MZ\x90", "Ünï café.js": strings.Repeat("var x = 1;\n", 10_000)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			if err := WriteArchive(&out, name, int64(len(content)), time.Date(2026, 11, 23, 10, 20, 30, 0, time.UTC), strings.NewReader(content)); err != nil {
				t.Fatal(err)
			}
			if int64(out.Len()) != ArchiveSize(name, int64(len(content))) {
				t.Errorf("%d bytes were announced and %d came", ArchiveSize(name, int64(len(content))), out.Len())
			}
			z, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
			if err != nil {
				t.Fatal(err)
			}
			f := z.File[0]
			if len(z.File) != 1 || f.Name != name || f.Method != zipAES || f.UncompressedSize64 != uint64(len(content)) || f.Flags&1 == 0 || f.CRC32 != 0 {
				t.Errorf("%+v", f.FileHeader)
			}
			if f.Modified.UTC().Format(time.DateTime) != "2026-11-23 10:20:30" {
				t.Errorf("of %s", f.Modified)
			}
			raw, err := f.OpenRaw()
			if err != nil {
				t.Fatal(err)
			}
			sealed, err := io.ReadAll(raw)
			if err != nil {
				t.Fatal(err)
			}
			if len(content) > 20 && bytes.Contains(sealed, []byte(content[:20])) {
				t.Error("the content is to be read")
			}
			if got := decrypt(t, sealed, Password); string(got) != content {
				t.Errorf("%d bytes came back", len(got))
			}
		})
	}
}

// TestAnArchiveIsListedByUnzip asks a program that nobody here wrote.
func TestAnArchiveIsListedByUnzip(t *testing.T) {
	t.Parallel()
	unzip, err := exec.LookPath("zipinfo")
	if err != nil {
		t.Skip("zipinfo is not here")
	}
	path := t.TempDir() + "/a.zip"
	var out bytes.Buffer
	if err := WriteArchive(&out, "run.exe", 3, time.Now(), strings.NewReader("MZ.")); err != nil {
		t.Fatal(err)
	}
	if err := writeFile(path, out.Bytes()); err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command(unzip, "-v", path).CombinedOutput() //nolint:gosec // found above
	if err != nil || !strings.Contains(string(text), "run.exe") || !strings.Contains(string(text), "encrypted") {
		t.Errorf("%v\n%s", err, text)
	}
}

func TestWhatDoesNotGiveItsSizeIsNoArchive(t *testing.T) {
	t.Parallel()
	if err := WriteArchive(io.Discard, "a", 5, time.Now(), strings.NewReader("abc")); err == nil {
		t.Error("three bytes were taken for five")
	}
	if err := WriteArchive(io.Discard, "a\xff", 3, time.Now(), strings.NewReader("abc")); err == nil {
		t.Error("a name that is no text was taken")
	}
}
