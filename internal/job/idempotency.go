package job

import (
	"bytes"
	"context"
	"errors"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

const (
	// answerKept is how long an answer is given again for the same key. A day is
	// promised; the rest is for clocks that are set ahead by one.
	answerKept = 49 * time.Hour
	// claimKept is how long a request may take before a repetition does it
	// again: its node is taken for dead, or it hangs.
	claimKept = 60 * time.Second
	maxKey    = 255
)

// Answer is what a request was answered with.
type Answer struct {
	Status int64
	Header []byte // as the caller encoded it
	Body   []byte
}

// Claim is the right to do a request under its key; nobody else does it as
// long as it stands.
type Claim struct {
	key, tenant, actor string
	at                 int64
}

// Idempotency keeps what requests with a key were answered with, so that a
// repetition is answered and not done again. Mark commits with the work itself:
// after a crash between the work and Keep, the repetition is told that it was
// carried out and that its answer was lost, and nothing is done twice.
type Idempotency struct {
	db   *db.DB
	node string
}

// NewIdempotency makes it; node names this process and differs between nodes
// and between starts of one.
func NewIdempotency(d *db.DB, node string) *Idempotency { return &Idempotency{d, node} }

// claimed is a stored row.
type claimed struct {
	Answer
	request []byte
	node    string
	applied bool
	at      int64
}

// Begin claims a key for the tenant and actor of ctx. request is a hash over
// everything that makes the request what it is. It returns the answer when the
// same request was answered before, else a claim to Keep or Drop. Errors:
// fault.Invalid for a key that is too long or, slug idempotency-key-reused,
// was used for another request; fault.Conflict, slug idempotency-in-flight,
// while the same request is being done.
func (i *Idempotency) Begin(ctx context.Context, key string, request []byte) (claim Claim, answer *Answer, err error) {
	if key == "" || len(key) > maxKey {
		return claim, nil, fault.Field("header.Idempotency-Key", "must have 1 to %d characters", maxKey)
	}
	err = i.db.Write(ctx, func(tx *db.Tx) error {
		claim, answer, err = i.begin(tx, key, request)
		return err
	})
	return claim, answer, err
}

func (i *Idempotency) begin(tx *db.Tx, key string, request []byte) (Claim, *Answer, error) {
	claim := Claim{key, tx.Tenant(), string(tx.Actor()), tx.Now()}
	n, err := tx.Exec(`INSERT INTO idempotency(tenant, actor, key, request, applied, node, status, header, body, created_at)
		VALUES ($1,$2,$3,$4,FALSE,$5,0,$6,$7,$8) ON CONFLICT DO NOTHING`,
		tx.Tenant(), string(tx.Actor()), key, request, i.node, []byte{}, []byte{}, tx.Now())
	if err != nil || n == 1 {
		return claim, nil, err
	}
	var c claimed
	err = tx.QueryRow(`SELECT request, node, applied, status, header, body, created_at FROM idempotency WHERE tenant = $1 AND actor = $2 AND key = $3`,
		tx.Tenant(), string(tx.Actor()), key).Scan(&c.request, &c.node, &c.applied, &c.Status, &c.Header, &c.Body, &c.at)
	if errors.Is(err, db.ErrNoRows) {
		return claim, nil, db.Again(fault.New(fault.Conflict, "The key was freed at the same moment.").WithSlug("idempotency-in-flight"))
	}
	if err != nil {
		return claim, nil, err
	}
	if answer, err := i.judge(tx, c, request); answer != nil || err != nil {
		return claim, answer, err
	}
	return claim, nil, i.takeOver(tx, key, request, c)
}

// judge says whether a stored row answers the request or stands in its way;
// neither means that the row is free to take over.
func (i *Idempotency) judge(tx *db.Tx, c claimed, request []byte) (*Answer, error) {
	age := (time.Duration(tx.Now()-c.at) * time.Microsecond).Abs() // the clock may have been set back
	switch {
	case age > answerKept:
		return nil, nil
	case !bytes.Equal(c.request, request):
		return nil, fault.New(fault.Invalid, "This Idempotency-Key was used for another request.").WithSlug("idempotency-key-reused")
	case c.Status != 0:
		return &c.Answer, nil
	case c.applied && (age > claimKept || i.gone(c.node)):
		return nil, fault.New(fault.Conflict, "This request was carried out, but the server ended before its answer was kept. Look at what it was about before you send another.").
			WithSlug("idempotency-answer-lost")
	case age > claimKept || i.gone(c.node):
		return nil, nil
	}
	return nil, fault.New(fault.Conflict, "The same request is being done at this moment.").
		WithSlug("idempotency-in-flight").WithRetryAfter(time.Second)
}

// gone reports whether a node is known to have ended: where only one process
// may hold the database, every other is an earlier one.
func (i *Idempotency) gone(node string) bool { return node != i.node && !i.db.PositionsAfterCommit() }

func (i *Idempotency) takeOver(tx *db.Tx, key string, request []byte, c claimed) error {
	n, err := tx.Exec(`UPDATE idempotency SET request = $1, applied = FALSE, node = $2, status = 0, header = $3, body = $4, created_at = $5
		WHERE tenant = $6 AND actor = $7 AND key = $8 AND created_at = $9 AND node = $10 AND status = $11`,
		request, i.node, []byte{}, []byte{}, tx.Now(), tx.Tenant(), string(tx.Actor()), key, c.at, c.node, c.Status)
	if err == nil && n == 0 {
		err = db.Again(fault.New(fault.Conflict, "The key was taken at the same moment.").WithSlug("idempotency-in-flight"))
	}
	return err
}

// Keep stores the answer. A claim that was taken over meanwhile keeps nothing:
// the answer of whoever took it counts.
func (i *Idempotency) Keep(ctx context.Context, c Claim, a Answer) error {
	return i.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`UPDATE idempotency SET status = $1, header = $2, body = $3
			WHERE tenant = $4 AND actor = $5 AND key = $6 AND node = $7 AND created_at = $8 AND status = 0`,
			a.Status, stored(a.Header), stored(a.Body), tx.Tenant(), string(tx.Actor()), c.key, i.node, c.at)
		return err
	})
}

// Mark is for db.Also: it notes in the transaction of the work that the work of
// a claim is done. It fails when the claim was taken over meanwhile.
func (i *Idempotency) Mark(c Claim) func(tx *db.Tx) error {
	return func(tx *db.Tx) error {
		n, err := tx.Exec(`UPDATE idempotency SET applied = TRUE
			WHERE tenant = $1 AND actor = $2 AND key = $3 AND node = $4 AND created_at = $5`,
			c.tenant, c.actor, c.key, i.node, c.at)
		if err == nil && n == 0 {
			err = fault.New(fault.Conflict, "The same request was taken up again meanwhile.").WithSlug("idempotency-in-flight")
		}
		return err
	}
}

// stored is b as a value that is never NULL.
func stored(b []byte) []byte { return append([]byte{}, b...) }

// Drop frees the key, after an answer that is worth trying again; not when some
// of the work was committed all the same.
func (i *Idempotency) Drop(ctx context.Context, c Claim) error {
	return i.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`DELETE FROM idempotency WHERE tenant = $1 AND actor = $2 AND key = $3 AND node = $4 AND created_at = $5 AND status = 0 AND NOT applied`,
			tx.Tenant(), string(tx.Actor()), c.key, i.node, c.at)
		return err
	})
}

// Purge forgets what is older than a day, of every tenant; give it to
// Runner.Every.
func (i *Idempotency) Purge(ctx context.Context) error {
	return i.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`DELETE FROM idempotency WHERE created_at < $1`, tx.Now()-answerKept.Microseconds())
		return err
	})
}
