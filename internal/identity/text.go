package identity

import (
	"errors"
	"strings"
	"time"
	_ "time/tzdata" // zones must be known on machines and in containers without them
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

const (
	maxEmail = 254 // RFC 5321 §4.5.3.1.3, less the angle brackets
	maxLocal = 64  // RFC 5321 §4.5.3.1.1
	maxName  = 120 // characters
	maxAgent = 200
)

// NormalEmail returns an e-mail address lower-cased and trimmed, or
// fault.Invalid. Only ASCII addresses are taken: two that look the same must
// be the same account.
func NormalEmail(email string) (string, error) {
	e := strings.ToLower(strings.TrimSpace(email))
	local, domain, found := strings.Cut(e, "@")
	if !found || len(e) > maxEmail || !validLocal(local) || !validDomain(domain) {
		return "", fault.Field("body.email", "This is not an e-mail address such as ann@example.com.")
	}
	return e, nil
}

// validLocal is the dot-atom of RFC 5322 §3.2.3.
func validLocal(local string) bool {
	if local == "" || len(local) > maxLocal || strings.HasPrefix(local, ".") || strings.HasSuffix(local, ".") || strings.Contains(local, "..") {
		return false
	}
	for _, r := range local {
		if !isLowerOrDigit(r) && !strings.ContainsRune(".!#$%&'*+/=?^_`{|}~-", r) {
			return false
		}
	}
	return true
}

// validDomain takes one label too: an installation may live in a closed
// network.
func validDomain(domain string) bool {
	for label := range strings.SplitSeq(domain, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, r := range label {
			if !isLowerOrDigit(r) && r != '-' {
				return false
			}
		}
	}
	return true
}

func isLowerOrDigit(r rune) bool { return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' }

// normalName trims a name of a person, team or token, and refuses what could
// hide or reorder text on a screen.
func normalName(location, name string) (string, error) {
	if !utf8.ValidString(name) {
		return "", fault.Field(location, "The name is not valid UTF-8.")
	}
	n := norm.NFC.String(strings.TrimSpace(name))
	if n == "" {
		return "", fault.Field(location, "A name is needed.")
	}
	if utf8.RuneCountInString(n) > maxName {
		return "", fault.Field(location, "The name is longer than %d characters.", maxName)
	}
	for _, r := range n {
		if !visible(r) {
			return "", fault.Field(location, "The name holds an invisible or control character (U+%04X).", r)
		}
	}
	return n, nil
}

// visible leaves out control, format, private and separator characters, except
// the two joiners that some scripts need.
func visible(r rune) bool {
	if r == '\u200c' || r == '\u200d' || r == ' ' {
		return true
	}
	return unicode.IsGraphic(r) && !unicode.In(r, unicode.Zl, unicode.Zp, unicode.Zs)
}

// nameFrom gives an account a name when nobody said one.
func nameFrom(email string) string {
	local, _, _ := strings.Cut(email, "@")
	return local
}

// normalZone checks an IANA time zone; "" is UTC.
func normalZone(zone string) (string, error) {
	if zone == "" {
		return "UTC", nil
	}
	if _, err := time.LoadLocation(zone); err != nil || zone == "Local" || len(zone) > 64 {
		return "", fault.Field("body.time_zone", "This is not a time zone such as Europe/Amsterdam.")
	}
	return zone, nil
}

// Zone is the time zone in which the tenant's days begin; UTC before set-up.
func Zone(tx *db.Tx) (*time.Location, error) {
	var zone string
	err := tx.QueryRow(`SELECT time_zone FROM tenant WHERE tenant = $1`, tx.Tenant()).Scan(&zone)
	if errors.Is(err, db.ErrNoRows) {
		return time.UTC, nil
	}
	if err != nil {
		return nil, fault.Wrap(err, "reading the time zone")
	}
	return time.LoadLocation(zone)
}

// shortAgent keeps what a browser says about itself short and printable.
func shortAgent(agent string) string {
	agent = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, agent)
	return agent[:min(len(agent), maxAgent)]
}
