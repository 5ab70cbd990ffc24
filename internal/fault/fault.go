package fault

import (
	"errors"
	"fmt"
	"maps"
	"time"
)

// Code is the machine-readable class of a failure. There are seven.
type Code string

// The seven codes, with the HTTP status that api gives each.
const (
	Invalid     Code = "invalid"     // the request cannot be right as it stands (400, 422)
	Denied      Code = "denied"      // the caller may not do this (401, 403)
	Missing     Code = "missing"     // what was named does not exist, or the caller may not know of it (404)
	Conflict    Code = "conflict"    // the state of the thing does not allow it (409, 412)
	Busy        Code = "busy"        // try again soon: too much at once (429)
	Unavailable Code = "unavailable" // try again later: disk, database or an outside system (503)
	Internal    Code = "internal"    // our mistake; the text stays in the log (500)
)

// FieldError names one field of the input and what is wrong with it. Location
// is a path such as body.severity, query.limit or detail.findings[0].Id.
type FieldError struct {
	Location string `json:"location"`
	Code     string `json:"code,omitempty"`
	Message  string `json:"message"`
}

// Error is a failure that a caller can act on.
type Error struct {
	Code       Code
	Slug       string // narrower kind, the last part of urn:tocsin:error:…
	Message    string // one sentence for a person
	Fields     []FieldError
	RetryAfter time.Duration
	Extra      map[string]any // further members of the problem document
	Cause      error          // for the log, never for a client
}

// New makes an Error; the message is a sentence for a person.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Field makes an Invalid error about one field.
func Field(location, format string, args ...any) *Error {
	message := fmt.Sprintf(format, args...)
	return &Error{
		Code: Invalid, Message: location + ": " + message,
		Fields: []FieldError{{Location: location, Message: message}},
	}
}

// Wrap adds where an error happened and keeps its code; nil stays nil. The
// format is a lower-case gerund, such as "loading ticket %s".
func Wrap(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf(format+": %w", append(args, err)...)
}

// As returns the *Error inside err, or nil.
func As(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// CodeOf returns the code of err: Internal for any error that is not a *Error.
func CodeOf(err error) Code {
	if e := As(err); e != nil {
		return e.Code
	}
	return Internal
}

// Is reports whether err carries the code.
func Is(err error, code Code) bool { return err != nil && CodeOf(err) == code }

// Error implements error. The cause is part of the text, which is for logs.
func (e *Error) Error() string {
	if e.Cause != nil {
		return e.Message + ": " + e.Cause.Error()
	}
	return e.Message
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Because returns a copy that carries the cause.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.Cause = cause
	return &c
}

// WithSlug returns a copy with a narrower kind.
func (e *Error) WithSlug(slug string) *Error {
	c := *e
	c.Slug = slug
	return &c
}

// WithExtra returns a copy with one more member for the problem document.
func (e *Error) WithExtra(key string, value any) *Error {
	c := *e
	c.Extra = maps.Clone(e.Extra)
	if c.Extra == nil {
		c.Extra = map[string]any{}
	}
	c.Extra[key] = value
	return &c
}

// WithRetryAfter returns a copy that tells the caller when to try again.
func (e *Error) WithRetryAfter(d time.Duration) *Error {
	c := *e
	c.RetryAfter = d
	return &c
}
