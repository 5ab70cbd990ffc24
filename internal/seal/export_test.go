package seal

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
)

// Same lets tests compare keys.
func Same(a, b Key) bool { return *a.bytes == *b.bytes }

// Spellings are the ways in which a key might be printed.
func Spellings(k Key) map[string]string {
	raw := k.bytes[:]
	return map[string]string{
		"bytes":    string(raw),
		"numbers":  strings.Trim(fmt.Sprint(raw), "[]"),
		"hex":      hex.EncodeToString(raw),
		"HEX":      strings.ToUpper(hex.EncodeToString(raw)),
		"Go hex":   strings.Trim(strings.TrimPrefix(fmt.Sprintf("%#v", raw), "[]byte"), "{}"),
		"base64":   base64.RawStdEncoding.EncodeToString(raw),
		"base64 2": base64.RawURLEncoding.EncodeToString(raw),
	}
}
