package duty

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
)

// Feed is an address under which a calendar program reads shifts.
type Feed struct {
	ID       string     `json:"id"`
	Schedule string     `json:"schedule" doc:"Empty for the person's own shifts on all schedules"`
	Name     string     `json:"name" doc:"Of the schedule"`
	MadeAt   time.Time  `json:"made_at"`
	UsedAt   *time.Time `json:"used_at" doc:"At most an hour late"`
	Path     string     `json:"path" doc:"Of the address; the token comes behind ?token="`
	Token    string     `json:"token,omitempty" doc:"The secret, in the answer that made it and never again"`
}

const (
	maxFeeds   = 50
	noteUsedBy = 3600 * micro
)

const (
	feedColumns    = `f.id, f.schedule, COALESCE(s.name,''), f.made_at, f.used_at`
	sqlNewFeed     = `INSERT INTO duty_feed(tenant, id, hash, person, schedule, made_at) VALUES ($1,$2,$3,$4,$5,$6)`
	sqlFeeds       = `SELECT ` + feedColumns + ` FROM duty_feed f LEFT JOIN schedule s ON s.tenant = f.tenant AND s.id = f.schedule WHERE f.tenant = $1 AND f.person = $2 AND f.revoked_at IS NULL ORDER BY f.made_at, f.id`
	sqlFeedToken   = `SELECT tenant, hash, person, schedule, COALESCE(used_at,0) FROM duty_feed WHERE id = $1 AND revoked_at IS NULL`
	sqlFeedUsed    = `UPDATE duty_feed SET used_at = $1 WHERE tenant = $2 AND id = $3`
	sqlRevokeFeed  = `UPDATE duty_feed SET revoked_at = $1 WHERE tenant = $2 AND id = $3 AND person = $4 AND revoked_at IS NULL`
	sqlRevokeFeeds = `UPDATE duty_feed SET revoked_at = $1 WHERE tenant = $2 AND person = $3 AND revoked_at IS NULL`
)

// NewFeed makes an address for a person: of one schedule, or with "" of their
// own shifts. The token in what it returns is shown once.
func (d *Duty) NewFeed(tx *db.Tx, person, schedule string) (Feed, error) {
	name := ""
	if schedule != "" {
		r, err := find(tx, schedule)
		if fault.Is(err, fault.Missing) {
			return Feed{}, fault.Field("body.schedule", "There is no such schedule.")
		}
		if err != nil {
			return Feed{}, err
		}
		name = r.plan.Name
	}
	there, err := d.Feeds(tx, person)
	if err != nil {
		return Feed{}, err
	}
	if len(there) >= maxFeeds {
		return Feed{}, fault.New(fault.Conflict, "You have %d addresses that work: revoke one first.", len(there)).WithSlug("too-many")
	}
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails
	id, text := tx.NewID(), base64.RawURLEncoding.EncodeToString(secret)
	hash := sha256.Sum256([]byte(text))
	err = tx.Must(sqlNewFeed, tx.Tenant(), id, hash[:], person, schedule, tx.Now())
	return Feed{ID: id, Schedule: schedule, Name: name, MadeAt: db.Time(tx.Now()), Path: feedPath(schedule), Token: id + "." + text}, err
}

func feedPath(schedule string) string {
	if schedule == "" {
		schedule = mine
	}
	return "/api/v1/oncall/" + schedule + ".ics"
}

// mine is the name of one's own shifts in an address.
const mine = "me"

// Feeds lists the addresses of a person that work.
func (d *Duty) Feeds(tx *db.Tx, person string) ([]Feed, error) {
	return db.All(tx, func(s db.Scanner) (f Feed, err error) {
		var made int64
		var used *int64
		err = s.Scan(&f.ID, &f.Schedule, &f.Name, &made, &used)
		f.MadeAt, f.UsedAt, f.Path = db.Time(made), db.TimeOrNil(used), feedPath(f.Schedule)
		return f, err
	}, sqlFeeds, tx.Tenant(), person)
}

// RevokeFeed ends an address of a person, or is fault.Missing.
func (d *Duty) RevokeFeed(tx *db.Tx, person, id string) error {
	n, err := tx.Exec(sqlRevokeFeed, tx.Now(), tx.Tenant(), id, person)
	if err == nil && n == 0 {
		err = missing("address")
	}
	return err
}

// feedRow is what stands behind a token.
type feedRow struct {
	id, tenant, person, schedule string
	hash                         []byte
	usedAt                       int64
}

// ICalendar answers a calendar program: of is the id of a schedule, or "me". A
// token that is wrong, revoked, of somebody who may not look any more, or of
// another calendar is fault.Missing, and nothing tells which.
func (d *Duty) ICalendar(ctx context.Context, of, token string) (text string, err error) {
	row, err := d.proven(ctx, token)
	if err != nil {
		return "", err
	}
	if of == mine {
		of = ""
	}
	if row.schedule != of {
		return "", missing("calendar")
	}
	own := db.As(ctx, row.tenant, db.Person(row.person))
	err = d.db.Read(own, func(tx *db.Tx) (err error) {
		if err := mayLook(tx, row.person); err != nil {
			return err
		}
		text, err = iCalendar(tx, row)
		return err
	})
	if err != nil {
		return "", err
	}
	return text, d.noteUse(own, row)
}

// proven finds the row of a token and compares the secret without telling by the
// time it takes how much of it is right.
func (d *Duty) proven(ctx context.Context, token string) (row feedRow, err error) {
	id, secret, ok := strings.Cut(token, ".")
	if !ok || len(id) > 64 || len(secret) > 64 {
		return row, missing("calendar")
	}
	err = d.db.Read(db.As(ctx, db.Everyone, "system:duty"), func(tx *db.Tx) error {
		return tx.QueryRow(sqlFeedToken, id).Scan(&row.tenant, &row.hash, &row.person, &row.schedule, &row.usedAt)
	})
	if err != nil && !errors.Is(err, db.ErrNoRows) {
		return row, err
	}
	hash := sha256.Sum256([]byte(secret))
	if subtle.ConstantTimeCompare(hash[:], row.hash) != 1 {
		return row, missing("calendar")
	}
	row.id = id
	return row, nil
}

func mayLook(tx *db.Tx, person string) error {
	for _, p := range []identity.Permission{identity.TicketRead, identity.DutyEdit} {
		if may, err := identity.May(tx, person, p); err != nil || may {
			return err
		}
	}
	return missing("calendar")
}

func (d *Duty) noteUse(ctx context.Context, row feedRow) error {
	if d.db.Now()-row.usedAt < noteUsedBy {
		return nil
	}
	return d.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(sqlFeedUsed, tx.Now(), tx.Tenant(), row.id)
		return err
	})
}
