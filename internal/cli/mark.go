package cli

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"tocsin/internal/fault"
)

// marked adds to a refusal of a query the text of the query, so that the place
// of the mistake can be shown below it. The text is what was sent: as q, or in
// the body where the refusal says.
func marked(refusal error, answer []byte, q call) error {
	e := fault.As(refusal)
	problem, err := parse(answer)
	if e == nil || err != nil {
		return refusal
	}
	from, err1 := strconv.Atoi(textAt(problem, "offset"))
	size, err2 := strconv.Atoi(textAt(problem, "length"))
	written := q.query.Get("q")
	if len(e.Fields) > 0 && len(q.body) > 0 {
		written = textIn(q.body, e.Fields[0].Location)
	}
	if err1 != nil || err2 != nil || written == "" || from < 0 || size < 0 || from+size > len(written) {
		return refusal
	}
	e.Extra = map[string]any{"marked": underline(written, from, size)}
	return refusal
}

// underline is a text with a line below it that points at some of its bytes.
func underline(text string, from, size int) string {
	flat := strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || r == '\r' {
			return ' '
		}
		return r
	}, text)
	return "  " + flat + "\n  " + strings.Repeat(" ", utf8.RuneCountInString(text[:from])) + strings.Repeat("^", max(1, utf8.RuneCountInString(text[from:from+size])))
}

var step = regexp.MustCompile(`([^.\[\]]+)|\[(\d+)\]`)

// textIn finds the text at a place such as body.rules[2].match.
func textIn(body []byte, location string) string {
	v, err := parse(body)
	path, inBody := strings.CutPrefix(location, "body.")
	if err != nil || !inBody {
		return ""
	}
	for _, m := range step.FindAllStringSubmatch(path, -1) {
		if m[1] != "" {
			v = at(v, m[1])
			continue
		}
		list, _ := v.([]any)
		i, err := strconv.Atoi(m[2])
		if err != nil || i >= len(list) {
			return ""
		}
		v = list[i]
	}
	text, _ := v.(string)
	return text
}
