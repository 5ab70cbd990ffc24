package notify

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// linkLife is how long a link acts.
const linkLife = 30 * time.Minute

// Linked is what a link lets its holder do, for half an hour.
type Linked struct {
	Tenant    string
	Person    string // as whom; "" for a button in a channel, whose reader the outside names
	Ticket    string // id; "" in a link that confirms a contact
	Contact   string // the contact that the link confirms; "" in a link about a ticket
	Acts      []Act
	Channel   string // the kind of the connection that carried it
	ExpiresAt int64
	At        int64 // when a button was pressed, as the outside signs it; 0 is now
}

// May reports whether the link was made for an act.
func (l Linked) May(a Act) bool { return slices.Contains(l.Acts, a) }

// Link makes the token with which a person acts on a ticket without signing in.
func (n *Notify) Link(tx *db.Tx, person, ticket string, acts []Act) (string, error) {
	return n.seal(tx, Linked{Tenant: tx.Tenant(), Person: person, Ticket: ticket, Acts: acts})
}

// A token is base64url of
//
//	1 | acts | expiry in seconds 4 | 6 texts, each with its length | MAC 16
//
// whose texts are tenant, person, ticket, contact, channel and the id of the
// key. An id that is a UUID takes 16 bytes. It stays below 200 characters, which
// every chat takes.
const (
	linkVersion = 1
	macBytes    = 16
	maxToken    = 400
	linkPurpose = "notify link"
)

func (n *Notify) seal(tx *db.Tx, l Linked) (string, error) {
	body := []byte{linkVersion, actBits(l.Acts)}
	body = binary.BigEndian.AppendUint32(body, uint32((tx.Now()+linkLife.Microseconds())/1e6)) //nolint:gosec // until 2106
	for _, s := range []string{l.Tenant, l.Person, l.Ticket, l.Contact, l.Channel} {
		body = appendText(body, s)
	}
	keyID, mac, err := n.vault.Sign(tx, linkPurpose, body)
	if err != nil {
		return "", fault.Wrap(err, "signing a link")
	}
	return base64.RawURLEncoding.EncodeToString(append(appendText(body, keyID), mac[:macBytes]...)), nil
}

// LinkTenant is the tenant that a token claims, to open a transaction in which
// OpenLink judges it; "" for what is no token.
func LinkTenant(token string) string {
	l, _, _, ok := parse(token)
	if !ok {
		return ""
	}
	return l.Tenant
}

// OpenLink judges a token. Errors: fault.Denied, slug link, for what this server
// has not made; fault.Denied, slug link-expired, for what it has made and that
// has ended, with what it was about.
func (n *Notify) OpenLink(tx *db.Tx, token string) (Linked, error) {
	l, body, signature, ok := parse(token)
	if !ok || l.Tenant != tx.Tenant() {
		return Linked{}, errLink()
	}
	good, err := n.vault.Verify(tx, linkPurpose, signature.key, body, signature.mac)
	if err != nil || !good {
		return Linked{}, errLink()
	}
	if l.ExpiresAt <= tx.Now() {
		return l, fault.New(fault.Denied, "This link has ended: it acts for half an hour.").WithSlug("link-expired")
	}
	return l, nil
}

func errLink() error {
	return fault.New(fault.Denied, "This link is not one of ours, or it was cut.").WithSlug("link")
}

type signature struct {
	key string
	mac []byte
}

func parse(token string) (l Linked, body []byte, s signature, ok bool) {
	if len(token) > maxToken {
		return l, nil, s, false
	}
	all, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(all) < 6+macBytes || all[0] != linkVersion || base64.RawURLEncoding.EncodeToString(all) != token { // line breaks are not ours
		return l, nil, s, false
	}
	l.Acts, ok = bitActs(all[1])
	if !ok {
		return l, nil, s, false
	}
	l.ExpiresAt = int64(binary.BigEndian.Uint32(all[2:6])) * 1e6
	rest := all[6:]
	for _, to := range []*string{&l.Tenant, &l.Person, &l.Ticket, &l.Contact, &l.Channel} {
		if *to, rest, ok = cutText(rest); !ok {
			return l, nil, s, false
		}
	}
	body = all[:len(all)-len(rest)]
	if s.key, rest, ok = cutText(rest); !ok || len(rest) != macBytes || !tenantName().MatchString(l.Tenant) {
		return l, nil, s, false
	}
	s.mac = rest
	return l, body, s, true
}

// tenantName never matches the tenant that stands for all.
func tenantName() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`) }

const uuidMark = 0xff

// appendText writes a UUID as its 16 bytes, and any other text with its length.
func appendText(b []byte, s string) []byte {
	if raw, err := hex.DecodeString(strings.ReplaceAll(s, "-", "")); err == nil && len(raw) == 16 && uuidText(raw) == s {
		return append(append(b, uuidMark), raw...)
	}
	s = s[:min(len(s), 100)]
	return append(append(b, byte(len(s))), s...)
}

func cutText(b []byte) (s string, rest []byte, ok bool) {
	if len(b) == 0 {
		return "", nil, false
	}
	n := int(b[0])
	if n == uuidMark {
		if len(b) < 17 {
			return "", nil, false
		}
		return uuidText(b[1:17]), b[17:], true
	}
	if n > 100 || len(b) < 1+n {
		return "", nil, false
	}
	return string(b[1 : 1+n]), b[1+n:], true
}

func uuidText(raw []byte) string {
	h := hex.EncodeToString(raw)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// everyAct is in the order of the bits of a token, and of buttons.
func everyAct() []Act { return []Act{ActAck, ActTake, ActEscalate} }

func actBits(acts []Act) (bits byte) {
	for i, a := range everyAct() {
		if slices.Contains(acts, a) {
			bits |= 1 << i
		}
	}
	return bits
}

func bitActs(bits byte) ([]Act, bool) {
	acts := []Act{}
	for i, a := range everyAct() {
		if bits&(1<<i) != 0 {
			acts = append(acts, a)
		}
	}
	return acts, bits < 1<<len(everyAct())
}

func order(acts []Act) []Act {
	out, _ := bitActs(actBits(acts))
	return out
}

func label(a Act) string {
	switch a {
	case ActAck:
		return "Acknowledge"
	case ActTake:
		return "Take"
	}
	return "Can’t – escalate now"
}

// MadeAt is when the link was made, to the second.
func (l Linked) MadeAt() int64 { return l.ExpiresAt - linkLife.Microseconds() }
