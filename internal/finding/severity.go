package finding

import "strings"

// severityWord reads a severity by its name in any of the formats.
func severityWord(s string) (Severity, bool) {
	switch strings.ToUpper(strings.TrimSpace(s)) {
	case "CRITICAL", "FATAL":
		return Critical, true
	case "HIGH":
		return High, true
	case "MEDIUM":
		return Medium, true
	case "LOW":
		return Low, true
	case "INFORMATIONAL", "INFO":
		return Info, true
	}
	return "", false
}

// normalizedSeverity reads ASFF Severity.Normalized, 0 to 100, by the table of
// the ASFF reference.
func normalizedSeverity(n float64) Severity {
	switch {
	case n >= 90:
		return Critical
	case n >= 70:
		return High
	case n >= 40:
		return Medium
	case n >= 1:
		return Low
	}
	return Info
}

// guardDutySeverity reads a GuardDuty value above 0 and up to 10 by the table of
// the GuardDuty guide.
func guardDutySeverity(v float64) Severity {
	switch {
	case v >= 9:
		return Critical
	case v >= 7:
		return High
	case v >= 4:
		return Medium
	}
	return Low
}

// readASFFSeverity reads Severity, else what the provider said first. A label
// that is not one of the five is refused: guessing would mislead.
func readASFFSeverity(n *node) (Severity, string) {
	if !n.has("Severity") {
		if provider := n.child("FindingProviderFields").child("Severity"); provider.has("Label") {
			return readLabel(provider)
		}
		n.missing("Severity")
		return "", ""
	}
	s := n.child("Severity")
	if s.has("Label") {
		return readLabel(s)
	}
	v, ok := s.number("Normalized")
	switch {
	case s == nil:
	case !ok:
		s.missing("Label")
	case v < 0 || v > 100:
		s.fail("Normalized", "must be 0 to 100")
	}
	return normalizedSeverity(v), firstOf(s.name("Original"), literal(s, "Normalized"))
}

func readLabel(s *node) (Severity, string) {
	label := s.str("Label")
	severity, ok := severityWord(label)
	if !ok || label != strings.ToUpper(label) || label == "FATAL" || label == "INFO" {
		s.fail("Label", "%q is not one of INFORMATIONAL, LOW, MEDIUM, HIGH, CRITICAL", clean(label, 40, false))
	}
	return severity, firstOf(s.name("Original"), clean(label, maxName, false))
}

func readGuardDutySeverity(n *node) (Severity, string) {
	v, ok := n.number("severity")
	switch {
	case !n.has("severity"):
		n.missing("severity")
	case ok && (v <= 0 || v > 10):
		n.fail("severity", "must be above 0 and up to 10")
	}
	return guardDutySeverity(v), literal(n, "severity")
}

// readOCSFSeverity reads severity_id; 0 (Unknown) and 99 (Other) leave it to the
// text, and a text that says nothing is informational.
func readOCSFSeverity(n *node) (Severity, string) {
	text := n.name("severity")
	id, ok := n.whole("severity_id")
	if !n.has("severity_id") && text == "" {
		n.missing("severity_id")
	}
	if ok && (id < 0 || id > 6) && id != 99 {
		n.fail("severity_id", "must be 0 to 6 or 99, is %d", id)
	}
	words := [...]Severity{1: Info, 2: Low, 3: Medium, 4: High, 5: Critical, 6: Critical}
	if ok && id >= 1 && id <= 6 {
		return words[id], firstOf(text, string(words[id]))
	}
	if word, ok := severityWord(text); ok {
		return word, text
	}
	return Info, firstOf(text, "unknown")
}

// readResult reads the result of a check in the words of ASFF and Prowler.
func readResult(s string) (string, bool) {
	switch strings.ToUpper(strings.TrimSpace(s)) {
	case "PASSED", "PASS":
		return ResultPassed, true
	case "FAILED", "FAIL":
		return ResultFailed, true
	case "WARNING":
		return ResultWarning, true
	case "NOT_AVAILABLE":
		return ResultNotAvailable, true
	case "MANUAL":
		return ResultManual, true
	}
	return "", false
}
