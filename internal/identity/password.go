package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"tocsin/internal/fault"
)

// The cost of a password hash: the least that OWASP's Password Storage Cheat
// Sheet names for argon2id.
const (
	hashTime    = 2
	hashMemory  = 19 * 1024 // KiB
	hashThreads = 1
	hashBytes   = 32
	hashSalt    = 16
)

// hashesAtOnce bounds memory to 38 MiB; hashesWaiting bounds how many requests
// may stand in line for them.
const (
	hashesAtOnce  = 2
	hashesWaiting = 64
)

// Length of a password, in characters. With no second factor NIST SP 800-63B-4
// asks for 15.
const (
	minPassword = 15
	maxPassword = 256
)

// hasher makes and checks password hashes, a few at a time.
type hasher struct {
	line  chan struct{}
	slots chan struct{}
	dummy string // checked for accounts that do not exist
}

func newHasher() *hasher {
	h := &hasher{line: make(chan struct{}, hashesWaiting), slots: make(chan struct{}, hashesAtOnce)}
	h.dummy = encodeHash(make([]byte, hashSalt), make([]byte, hashBytes))
	return h
}

func encodeHash(salt, sum []byte) string {
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, hashMemory, hashTime, hashThreads, b64(salt), b64(sum))
}

// enter waits for a turn; the caller calls the returned function when done.
func (h *hasher) enter(ctx context.Context) (leave func(), err error) {
	select {
	case h.line <- struct{}{}:
	default:
		return nil, fault.New(fault.Busy, "Too many people sign in at the same time; try again in a moment.").WithSlug("sign-in-busy").WithRetryAfter(2 * time.Second)
	}
	select {
	case h.slots <- struct{}{}:
		return func() { <-h.slots; <-h.line }, nil
	case <-ctx.Done():
		<-h.line
		return nil, fault.New(fault.Unavailable, "The request ended before it was begun.").WithSlug("cancelled").Because(ctx.Err())
	}
}

// hash returns the PHC string of a password.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	leave, err := h.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	salt := make([]byte, hashSalt)
	rand.Read(salt)
	return encodeHash(salt, argon2.IDKey(normalPassword(password), salt, hashTime, hashMemory, hashThreads, hashBytes)), nil
}

// verify reports whether the password fits the PHC string. An empty string
// (an account without a password) fits nothing, after the same work.
func (h *hasher) verify(ctx context.Context, phc, password string) (bool, error) {
	leave, err := h.enter(ctx)
	if err != nil {
		return false, err
	}
	defer leave()
	known := phc != ""
	if !known {
		phc = h.dummy
	}
	p, err := parseHash(phc)
	if err != nil {
		return false, err
	}
	got := argon2.IDKey(normalPassword(password), p.salt, p.time, p.memory, p.threads, uint32(len(p.sum))) //nolint:gosec // checked by parseHash
	return subtle.ConstantTimeCompare(got, p.sum) == 1 && known, nil
}

type parsedHash struct {
	time, memory uint32
	threads      uint8
	salt, sum    []byte
}

// parseHash reads a PHC string, and refuses a cost that would stop the server.
func parseHash(phc string) (p parsedHash, err error) {
	bad := fault.New(fault.Internal, "A stored password hash cannot be read.")
	parts := strings.Split(phc, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, bad
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.memory, &p.time, &p.threads); err != nil {
		return p, bad.Because(err)
	}
	if p.salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return p, bad.Because(err)
	}
	if p.sum, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil {
		return p, bad.Because(err)
	}
	if p.memory > 1<<18 || p.time < 1 || p.time > 16 || p.threads < 1 || len(p.sum) < 16 || len(p.sum) > 64 || len(p.salt) < 8 {
		return p, bad
	}
	return p, nil
}

// normalPassword makes the same password typed on two keyboards the same bytes
// (RFC 8265 §4.2.1).
func normalPassword(password string) []byte { return norm.NFC.Bytes([]byte(password)) }

//go:embed common.txt
var commonPasswords string

// checkPassword refuses a password that is too short, too long, commonly used,
// or little more than the account's own name. No kinds of characters are
// demanded (NIST SP 800-63B-4 §3.1.1.2).
func checkPassword(password, email, name string) error {
	const at = "body.password"
	if !utf8.ValidString(password) {
		return fault.Field(at, "The password is not valid UTF-8.")
	}
	p := string(normalPassword(password))
	if n := utf8.RuneCountInString(p); n < minPassword || n > maxPassword {
		return fault.Field(at, "The password needs %d to %d characters; a few words in a row are easy to remember.", minPassword, maxPassword)
	}
	plain := squeeze(p)
	if repeats(plain) {
		return fault.Field(at, "The password repeats one short piece; choose another.")
	}
	for line := range strings.Lines(commonPasswords) {
		if plain == strings.TrimSpace(line) {
			return fault.Field(at, "This password is commonly used and would be guessed first; choose another.")
		}
	}
	if mostlyOwn(plain, email, name) {
		return fault.Field(at, "The password is little more than your name or e-mail address; choose another.")
	}
	return nil
}

// squeeze lower-cases and takes spaces out, as guessers do.
func squeeze(s string) string {
	return strings.Join(strings.Fields(strings.ToLower(s)), "")
}

// repeats reports whether s is one piece of at most a third of its length, over
// and over, possibly cut off at the end.
func repeats(s string) bool {
	for n := 1; n <= len(s)/3; n++ {
		if strings.HasPrefix(strings.Repeat(s[:n], len(s)/n+1), s) {
			return true
		}
	}
	return len(s) == 0
}

// mostlyOwn reports whether fewer than 8 characters are left of the password
// without the account's e-mail, its name and ours.
func mostlyOwn(plain, email, name string) bool {
	local, domain, _ := strings.Cut(email, "@")
	own := []string{email, local, domain, squeeze(name), "tocsin"}
	own = append(own, strings.Fields(strings.ToLower(name))...)
	for _, word := range own {
		if len(word) >= 3 {
			plain = strings.ReplaceAll(plain, word, "")
		}
	}
	return utf8.RuneCountInString(plain) < 8
}
