package slack

import (
	"regexp"
	"strings"

	"tocsin/internal/connector"
)

// Limits of Block Kit, and how many buttons a person can take in at once.
const (
	maxHeader  = 150
	maxSection = 3000
	maxField   = 2000
	maxFields  = 10
	maxLabel   = 75
	maxValue   = 2000
	maxButtons = 5
)

// ours is before the name of every button's act, so that nothing else is taken
// for one.
const ours = "tocsin:"

type message struct {
	Channel   string  `json:"channel"`
	Text      string  `json:"text"` // what notifications show
	Blocks    []block `json:"blocks"`
	Thread    string  `json:"thread_ts,omitempty"`
	Broadcast bool    `json:"reply_broadcast,omitempty"`
	Unfurl    bool    `json:"unfurl_links"`
	Media     bool    `json:"unfurl_media"`
}

type block struct {
	Type     string    `json:"type"`
	BlockID  string    `json:"block_id,omitempty"`
	Text     *text     `json:"text,omitempty"`
	Fields   []text    `json:"fields,omitempty"`
	Elements []element `json:"elements,omitempty"`
}

// text is a text object. Only our own words are ever mrkdwn.
type text struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// element is a button, or a text object where the block is a context.
type element struct {
	Type     string `json:"type"`
	Text     any    `json:"text"`
	ActionID string `json:"action_id,omitempty"`
	Value    string `json:"value,omitempty"`
	Style    string `json:"style,omitempty"`
}

func plain(s string) text { return text{"plain_text", s} }

// head names a message: where it stands and when it was posted.
type head struct{ channel, ts string }

// String implements fmt.Stringer.
func (h head) String() string { return h.channel + ":" + h.ts }

// headOf reads the first message of a thread, and drops one that stands
// elsewhere than the letter goes. A member is told in a conversation of their
// own, whose ID is not the member's.
func headOf(id, to string) head {
	channel, ts, ok := strings.Cut(id, ":")
	if !ok || !isPlace(channel) || !isTS(ts) {
		return head{}
	}
	if member := to[0] == 'U' || to[0] == 'W'; channel != to && !(member && channel[0] == 'D') {
		return head{}
	}
	return head{channel, ts}
}

func isTS(ts string) bool { return regexp.MustCompile(`^[0-9]{1,12}\.[0-9]{1,9}$`).MatchString(ts) }

// message writes a letter as blocks. Whoever has something to do finds the
// reply in the channel too, and not only in the thread.
func (w *workspace) message(l connector.Letter, to string) message {
	subject := connector.Line(l.Subject, maxHeader)
	if subject == "" {
		subject = "Tocsin"
	}
	m := message{Channel: to, Text: escape(connector.Shorten(subject+": "+connector.Line(l.Text, maxSection), maxSection))}
	if h := headOf(l.ParentID, to); h.ts != "" {
		m.Channel, m.Thread, m.Broadcast = h.channel, h.ts, len(l.Buttons) > 0
	}
	heading := plain(subject)
	m.Blocks = append(m.Blocks, block{Type: "header", Text: &heading})
	if body := connector.Plain(l.Text, maxSection); body != "" {
		t := plain(body)
		m.Blocks = append(m.Blocks, block{Type: "section", Text: &t})
	}
	if fields := fieldsOf(l.Facts); len(fields) > 0 {
		m.Blocks = append(m.Blocks, block{Type: "section", Fields: fields})
	}
	buttons, links := w.buttons(l)
	if len(buttons) > 0 {
		m.Blocks = append(m.Blocks, block{Type: "actions", BlockID: "tocsin", Elements: buttons})
	}
	if len(links) > 0 {
		m.Blocks = append(m.Blocks, block{Type: "context", Elements: []element{{Type: "mrkdwn", Text: connector.Shorten(strings.Join(links, "  ·  "), maxSection)}}})
	}
	return m
}

func fieldsOf(facts []connector.Fact) (out []text) {
	for _, f := range facts[:min(len(facts), maxFields)] {
		out = append(out, plain(connector.Line(f.Name+": "+f.Value, maxField)))
	}
	return out
}

// buttons are those that can come back, which takes a signing secret; the rest
// are links.
func (w *workspace) buttons(l connector.Letter) (buttons []element, links []string) {
	rest := connector.Letter{Link: l.Link}
	for _, k := range l.Buttons[:min(len(l.Buttons), maxButtons)] {
		label := connector.Line(k.Label, maxLabel)
		if !w.signing.Set() || k.Token == "" || len(k.Token) > maxValue || label == "" {
			rest.Buttons = append(rest.Buttons, k)
			continue
		}
		e := element{Type: "button", Text: plain(label), ActionID: ours + k.Act, Value: k.Token}
		if len(buttons) == 0 {
			e.Style = "primary"
		}
		buttons = append(buttons, e)
	}
	for _, k := range rest.Links() {
		links = append(links, "<"+escape(k.Value)+"|"+escape(k.Name)+">")
	}
	return buttons, links
}

// escape is what Slack asks for: these three, and nothing else, mean something.
func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}
