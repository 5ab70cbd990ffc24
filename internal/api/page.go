package api

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
	"tocsin/internal/query"
)

// Page is one page of a list.
type Page[T any] struct {
	Items      []T    `json:"items"`
	NextCursor string `json:"next_cursor" doc:"Give it as cursor for the next page; empty on the last"`
}

// list is the answer of a list without more pages.
type list[T any] struct {
	Body Page[T]
}

func listOf[T any](items []T) *list[T] { return &list[T]{Body: Page[T]{Items: items}} }

// Paging is how a caller asks for a page.
type Paging struct {
	Limit  int    `query:"limit" default:"50" minimum:"1" maximum:"200"`
	Cursor string `query:"cursor" maxLength:"500"`
}

// ShortPaging is for lists that are never long: a page holds them whole unless
// the caller wants less.
type ShortPaging struct {
	Limit  int    `query:"limit" default:"500" minimum:"1" maximum:"500"`
	Cursor string `query:"cursor" maxLength:"500"`
}

// pageOf cuts one page out of a list that is whole in memory; the cursor is the
// id of the last item before it.
func pageOf[T any](items []T, in *ShortPaging, id func(T) string) (*list[T], error) {
	if in.Cursor != "" {
		at := slices.IndexFunc(items, func(t T) bool { return id(t) == in.Cursor })
		if at < 0 {
			return nil, fault.Field("query.cursor", "is not a place in this list any more").WithSlug("bad-cursor")
		}
		items = items[at+1:]
	}
	out := listOf(items[:min(len(items), in.Limit)])
	if len(items) > in.Limit {
		out.Body.NextCursor = id(items[in.Limit-1])
	}
	return out, nil
}

// ByID names one thing in the path.
type ByID struct {
	ID string `path:"id" maxLength:"100"`
}

// Revised is an If-Match header, which every change of a revision needs.
type Revised struct {
	IfMatch string `header:"If-Match" required:"false" doc:"The ETag that was read, such as \"7\""`
}

// rev reads the revision, or says that one is needed.
func (r Revised) rev() (int64, error) {
	if r.IfMatch == "" {
		return 0, fault.New(fault.Invalid, "Say with If-Match which revision you have read.").WithSlug(slugPrecondition)
	}
	text, ok := strings.CutPrefix(r.IfMatch, `"`)
	text, closed := strings.CutSuffix(text, `"`)
	n, err := strconv.ParseInt(text, 10, 64)
	if !ok || !closed || err != nil || n < 0 {
		return 0, fault.Field("header.If-Match", `must be an ETag of this server, such as "7"`)
	}
	return n, nil
}

// etag writes a revision.
func etag(rev int64) string { return fmt.Sprintf(`"%d"`, rev) }

// withCurrent adds to a refusal for a stale revision what is there now, so that
// a caller can show the difference without asking again.
func withCurrent[T any](err error, read func() (*T, error)) error {
	e := fault.As(err)
	if e == nil || e.Slug != slugStale {
		return err
	}
	now, readErr := read()
	if readErr != nil {
		return err // it may be gone by now
	}
	return e.WithExtra("current", noNulls(now))
}

// env is who asks, where and when, for a filter.
func env(p identity.Principal, tx *db.Tx) query.Env {
	return query.Env{Me: p.UserID, MyTeams: p.Teams, Now: tx.Now(), Zone: zone(p)}
}

func zone(p identity.Principal) *time.Location {
	l, err := time.LoadLocation(p.TimeZone)
	if err != nil {
		return time.UTC // the machine lacks the zone's rules
	}
	return l
}

// timeOrNil turns "never" into null.
func timeOrNil(micros int64) *time.Time {
	if micros == 0 {
		return nil
	}
	return new(db.Time(micros))
}
