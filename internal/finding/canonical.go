package finding

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// identity is dedupe level 2: two findings with the same identity are the same
// finding, seen again or revised. The parts are written with their lengths, so
// that no two different lists give the same bytes, behind a tag of the format.
//
//	asff           ProductArn, Id
//	guardduty      accountId, region, id
//	ocsf           cloud.account.uid, product uid or name, finding_info.uid,
//	               metadata.event_code, uid of the first resource
//	inspector      awsAccountId, findingArn
//	macie          accountId, region, id
//	access-analyzer  accountId, id
//	health         account, eventArn, page
//	cloudtrail     account, eventID (of an insight: sharedEventID)
//	malware-scan   account, region, bucket, key, version or ETag
//	security-ir    ARN of the case
//	insight        account, region, insightArn
//	config         account, region, rule, resource type, resource
//	notice         source, account, region, id of the event
//	ocsf-metadata  the same with metadata.uid where finding_info.uid is missing
//
// OCSF needs more than the uid because producers reuse it: Prowler's sample has
// one uid for five checks. Linking a native GuardDuty finding to its ASFF and
// OCSF copies goes by UID, which is the same arn in all three.
func identity(tag string, parts ...string) string {
	h := sha256.New()
	var size [8]byte
	for _, part := range append([]string{"tocsin finding identity 1 " + tag}, parts...) {
		binary.BigEndian.PutUint64(size[:], uint64(len(part)))
		h.Write(size[:])
		h.Write([]byte(part))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// content is what a finding says, without the fields that change while it says
// the same (dedupe level 3). The input is not changed; what is kept is shared.
//
//   - ASFF: ProcessedAt, LastObservedAt and ProductFields aws/securityhub/*,
//     which Security Hub writes at every import. UpdatedAt stays.
//   - OCSF: metadata.processed_time and logged_time, finding_info.last_seen_time,
//     and time, each with its _dt twin. In a finding time says when this report
//     was made: every sending of the same state has a new one. created_time goes
//     too where it equals time, because then the producer stamps the report
//     there as well (Prowler does); elsewhere it is a fact and stays.
//   - Events kept whole: see eventContent.
//   - GuardDuty and the others: nothing. A higher count and a later eventLastSeen say that the
//     threat goes on, and that is news.
func content(m map[string]any, format string) map[string]any {
	switch format {
	case FormatASFF:
		return asffContent(m)
	case FormatOCSF:
		return ocsfContent(m)
	case FormatCustom:
		return customContent(m)
	case FormatAccess, FormatHealth, FormatMalware, FormatIncident, FormatInsight, FormatConfig, FormatNotice:
		return eventContent(m, format)
	}
	return m
}

func asffContent(m map[string]any) map[string]any {
	out := without(m, "ProcessedAt", "LastObservedAt")
	fields, ok := m["ProductFields"].(map[string]any)
	if !ok {
		return out
	}
	kept := make(map[string]any, len(fields))
	for k, v := range fields {
		if !strings.HasPrefix(k, "aws/securityhub/") {
			kept[k] = v
		}
	}
	out["ProductFields"] = kept
	return out
}

func ocsfContent(m map[string]any) map[string]any {
	out := without(m, "time", "time_dt")
	if metadata, ok := m["metadata"].(map[string]any); ok {
		out["metadata"] = without(metadata, "processed_time", "processed_time_dt", "logged_time", "logged_time_dt")
	}
	for _, key := range [...]string{"finding_info", "finding"} {
		info, ok := m[key].(map[string]any)
		if !ok {
			continue
		}
		kept := without(info, "last_seen_time", "last_seen_time_dt")
		for _, twin := range [...]string{"", "_dt"} {
			if created := info["created_time"+twin]; created != nil && scalarEqual(created, m["time"+twin]) {
				delete(kept, "created_time"+twin)
			}
		}
		out[key] = kept
	}
	return out
}

// scalarEqual compares two values that are no lists and no objects.
func scalarEqual(a, b any) bool {
	switch a.(type) {
	case string, json.Number, bool:
		return a == b
	}
	return false
}

func without(m map[string]any, keys ...string) map[string]any {
	out := maps.Clone(m)
	for _, k := range keys {
		delete(out, k)
	}
	return out
}

// contentHash is the hex SHA-256 of the canonical JSON of fields.
func contentHash(fields map[string]any) string {
	w := canonicalWriter{b: make([]byte, 0, 4096), keys: make([]string, 0, 48)}
	w.value(fields)
	sum := sha256.Sum256(w.b)
	return hex.EncodeToString(sum[:])
}

// appendCanonical writes JSON as RFC 8785 does: no white space, sorted names,
// shortest escapes, numbers in one form. It departs in two points: names sort by
// bytes, and an integer keeps all its digits, so that two large ones that a
// double cannot tell apart stay different.
func appendCanonical(b []byte, v any) []byte {
	w := canonicalWriter{b: b}
	w.value(v)
	return w.b
}

// canonicalWriter keeps the names of all objects it is inside of on one stack.
type canonicalWriter struct {
	b    []byte
	keys []string
}

func (w *canonicalWriter) value(v any) {
	switch v := v.(type) {
	case map[string]any:
		w.object(v)
	case []any:
		w.b = append(w.b, '[')
		for i, e := range v {
			if i > 0 {
				w.b = append(w.b, ',')
			}
			w.value(e)
		}
		w.b = append(w.b, ']')
	case string:
		w.b = appendString(w.b, v)
	case json.Number:
		w.b = appendNumber(w.b, string(v))
	case bool:
		w.b = strconv.AppendBool(w.b, v)
	default:
		w.b = append(w.b, "null"...)
	}
}

func (w *canonicalWriter) object(m map[string]any) {
	base := len(w.keys)
	for k := range m {
		w.keys = append(w.keys, k)
	}
	slices.Sort(w.keys[base:])
	w.b = append(w.b, '{')
	for i := base; i < base+len(m); i++ {
		if i > base {
			w.b = append(w.b, ',')
		}
		w.b = append(appendString(w.b, w.keys[i]), ':')
		w.value(m[w.keys[i]])
	}
	w.b = append(w.b, '}')
	w.keys = w.keys[:base]
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// appendNumber writes a number in one form for all its spellings.
func appendNumber(b []byte, s string) []byte {
	if s == "-0" {
		return append(b, '0')
	}
	if !strings.ContainsAny(s, ".eE") {
		return append(b, s...)
	}
	f, err := strconv.ParseFloat(s, 64)
	switch {
	case err != nil:
		return append(b, s...) // too large for a double: its spelling is all there is
	case f == 0:
		return append(b, '0')
	case f < 1e21 && f > -1e21 && (f >= 1e-6 || f <= -1e-6):
		return strconv.AppendFloat(b, f, 'f', -1, 64)
	}
	return strconv.AppendFloat(b, f, 'e', -1, 64)
}

func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[start:i]...)
		b = appendEscape(b, c)
		start = i + 1
	}
	return append(append(b, s[start:]...), '"')
}

func appendEscape(b []byte, c byte) []byte {
	if i := strings.IndexByte("\"\\\b\f\n\r\t", c); i >= 0 {
		return append(b, '\\', "\"\\bfnrt"[i])
	}
	const digits = "0123456789abcdef"
	return append(b, '\\', 'u', '0', '0', digits[c>>4], digits[c&0xF])
}

// cut shortens text to limit characters and says how much is gone.
func cut(s string, limit int) string {
	n := utf8.RuneCountInString(s)
	if n <= limit {
		return s
	}
	end := 0
	for range limit {
		_, size := utf8.DecodeRuneInString(s[end:])
		end += size
	}
	return s[:end] + "… (cut, " + strconv.Itoa(n) + " characters)"
}
