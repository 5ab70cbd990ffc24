package sla

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"tocsin/internal/duty"
	"tocsin/internal/fault"
)

// Length is how long something may take, as people write it: 15m, 4h, 1h30m, 2d
// (24 hours each), or 1bd (a business day of the calendar).
type Length struct {
	micros int64
	days   int64 // business days
}

// maxLength bounds a length: a calendar is not looked at further ahead.
const maxLength = 400 * 24 * time.Hour

// ParseLength reads a length of at least a second.
func ParseLength(text string) (Length, error) {
	number, business := strings.CutSuffix(text, "bd")
	if business {
		n, err := strconv.ParseUint(number, 10, 16)
		if err != nil || n < 1 || n > 400 {
			return Length{}, errLength(text)
		}
		return Length{days: int64(n)}, nil
	}
	d, err := parseDuration(text)
	if err != nil || d < time.Second || d > maxLength {
		return Length{}, errLength(text)
	}
	return Length{micros: d.Microseconds()}, nil
}

func errLength(text string) error {
	return fault.New(fault.Invalid, "%q is not a duration from 1s to 400d, such as 15m, 4h, 2d or 1bd (a business day)", clip(text))
}

// parseDuration adds days of 24 hours to what Go knows.
func parseDuration(text string) (time.Duration, error) {
	if number, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.ParseUint(number, 10, 16)
		return time.Duration(n) * 24 * time.Hour, err //nolint:gosec // at most 65535 days
	}
	return time.ParseDuration(text)
}

// Micros is the length in a calendar.
func (l Length) Micros(c *duty.Calendar) int64 {
	if l.days > 0 {
		return l.days * c.Day().Microseconds()
	}
	return l.micros
}

// spell writes a number of microseconds for people: 26h, 1h30m, 45s.
func spell(micros int64) string {
	d := time.Duration(micros) * time.Microsecond
	if d >= 48*time.Hour && d%(24*time.Hour) == 0 {
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	}
	text := d.Round(time.Second).String()
	for _, zero := range []string{"0s", "0m"} {
		if cut, ok := strings.CutSuffix(text, zero); ok && cut != "" && strings.ContainsAny(cut[len(cut)-1:], "hm") {
			text = cut
		}
	}
	return text
}

// clip keeps a hostile text short in a message.
func clip(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
