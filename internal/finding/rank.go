package finding

// Severities lists the severities, least first.
func Severities() []string {
	return []string{string(Info), string(Low), string(Medium), string(High), string(Critical)}
}

// Rank orders severities: 0 for info up to 4 for critical, -1 for a word that
// is none.
func (s Severity) Rank() int64 {
	switch s {
	case Info:
		return 0
	case Low:
		return 1
	case Medium:
		return 2
	case High:
		return 3
	case Critical:
		return 4
	}
	return -1
}
