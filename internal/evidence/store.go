package evidence

import (
	"errors"
	"strings"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

const (
	blobColumns = `b.id, b.sha256, b.sha1, b.md5, b.size, b.media, b.shelf, b.place, b.key_id, b.sealed, b.condition, b.touched_at, b.verified_at`
	itemColumns = `e.id, e.ticket, COALESCE(e.parent,''), e.name, e.declared, e.source, e.note, e.collected_at, e.risk, e.risk_reason, e.added_at, e.added_by, e.rev`

	sqlKept       = `SELECT ` + blobColumns + ` FROM blob AS b WHERE b.tenant = $1 AND b.sha256 = $2 AND b.state = 'kept'`
	sqlInsertBlob = `INSERT INTO blob(tenant, id, sha256, sha1, md5, size, media, shelf, place, key_id, sealed, state, condition, made_at, touched_at, verified_at)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,'arriving','ok',$12,$12,$12)`
	sqlKeepBlob   = `UPDATE blob SET state = 'kept', touched_at = $1 WHERE tenant = $2 AND id = $3 AND state = 'arriving'`
	sqlTouchBlob  = `UPDATE blob SET touched_at = $1 WHERE tenant = $2 AND id = $3 AND state = 'kept'`
	sqlHealBlob   = `UPDATE blob SET shelf = $1, place = $2, key_id = $3, sealed = $4, condition = 'ok', touched_at = $5, verified_at = $5 WHERE tenant = $6 AND id = $7`
	sqlMoveAside  = `UPDATE blob SET shelf = $1, place = $2, touched_at = 0 WHERE tenant = $3 AND id = $4 AND state = 'arriving'`
	sqlInsertItem = `INSERT INTO evidence(tenant, id, ticket, blob, parent, name, declared, source, note, collected_at, risk, risk_reason, added_at, added_by, rev)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,1)`

	fromItems   = ` FROM evidence AS e JOIN blob AS b ON b.tenant = e.tenant AND b.id = e.blob WHERE e.tenant = $1`
	sqlItem     = `SELECT ` + itemColumns + `, ` + blobColumns + fromItems + ` AND e.id = $2`
	sqlOfTicket = `SELECT ` + itemColumns + `, ` + blobColumns + fromItems + ` AND e.ticket = $2 AND (e.added_at > $3 OR (e.added_at = $3 AND e.id > $4)) ORDER BY e.added_at, e.id LIMIT $5`
	sqlCount    = `SELECT COUNT(*) FROM evidence WHERE tenant = $1 AND ticket = $2`
)

func blobDest(b *Blob) []any {
	return []any{&b.id, &b.SHA256, &b.sha1, &b.md5, &b.Size, &b.Media, &b.shelf, &b.place, &b.keyID, &b.sealed, &b.condition, &b.touchedAt, &b.verifiedAt}
}

func scanBlob(s db.Scanner) (b Blob, err error) { return b, s.Scan(blobDest(&b)...) }

func scanItem(s db.Scanner) (i Item, err error) {
	var added int64
	var collected *int64
	dest := []any{&i.ID, &i.Ticket, &i.Parent, &i.Name, &i.Declared, &i.Source, &i.Note, &collected, &i.Risk, &i.RiskReason, &added, &i.AddedBy, &i.Rev}
	err = s.Scan(append(dest, blobDest(&i.blob)...)...)
	i.AddedAt, i.CollectedAt = db.Time(added), db.TimeOrNil(collected)
	i.of(i.blob)
	return i, err
}

// of fills in what the kept bytes say.
func (i *Item) of(b Blob) {
	i.blob = b
	i.Size, i.SHA256, i.SHA1, i.MD5, i.Media, i.Condition = b.Size, b.SHA256, b.sha1, b.md5, b.Media, b.condition
	i.Shelf, _, _ = strings.Cut(b.shelf, "/")
	if b.verifiedAt > 0 {
		at := db.Time(b.verifiedAt)
		i.VerifiedAt = &at
	}
}

// kept finds the blob with a content; its id is "" when there is none.
func kept(tx *db.Tx, sha256 string) (Blob, error) {
	b, err := scanBlob(tx.QueryRow(sqlKept, tx.Tenant(), sha256))
	if errors.Is(err, db.ErrNoRows) {
		return Blob{}, nil
	}
	return b, fault.Wrap(err, "looking for a blob")
}

// Get returns one piece of evidence of the tenant.
func (e *Evidence) Get(tx *db.Tx, id string) (Item, error) {
	i, err := scanItem(tx.QueryRow(sqlItem, tx.Tenant(), id))
	if errors.Is(err, db.ErrNoRows) {
		return i, noItem(id)
	}
	if err != nil {
		return i, fault.Wrap(err, "loading evidence %s", id)
	}
	return i, e.name(tx, []*Item{&i})
}

func noItem(id string) error {
	return fault.New(fault.Missing, "There is no evidence %.60q here.", id)
}

// OfTicket returns one piece of evidence of a ticket; that of another ticket is
// not there.
func (e *Evidence) OfTicket(tx *db.Tx, ticket, id string) (Item, error) {
	t, err := e.Tickets.Find(tx, ticket)
	if err != nil {
		return Item{}, err
	}
	i, err := e.Get(tx, id)
	if err == nil && i.Ticket != t {
		return Item{}, noItem(id)
	}
	return i, err
}

// Place is where a page of the evidence of a ticket goes on.
type Place struct {
	At int64
	ID string
}

// PlaceOf is the place after an item.
func PlaceOf(i Item) Place { return Place{i.AddedAt.UnixMicro(), i.ID} }

// List returns the evidence of a ticket, oldest first.
func (e *Evidence) List(tx *db.Tx, ticket string) ([]Item, error) {
	return e.Page(tx, ticket, Place{}, maxItems)
}

// Page returns a part of the evidence of a ticket, oldest first.
func (e *Evidence) Page(tx *db.Tx, ticket string, after Place, limit int) ([]Item, error) {
	list, err := db.All(tx, scanItem, sqlOfTicket, tx.Tenant(), ticket, after.At, after.ID, limit)
	if err != nil {
		return nil, fault.Wrap(err, "listing evidence")
	}
	all := make([]*Item, len(list))
	for i := range list {
		all[i] = &list[i]
	}
	return list, e.name(tx, all)
}

// Count is how many pieces of evidence a ticket has.
func Count(tx *db.Tx, ticket string) (n int64, err error) {
	return n, tx.QueryRow(sqlCount, tx.Tenant(), ticket).Scan(&n)
}

func (e *Evidence) name(tx *db.Tx, items []*Item) error {
	ids := []string{}
	for _, i := range items {
		if id := db.Actor(i.AddedBy).Person(); id != "" {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 || e.Tickets.Names == nil {
		return nil
	}
	names, err := e.Tickets.Names(tx, ids)
	for _, i := range items {
		i.AddedByName = names[db.Actor(i.AddedBy).Person()]
	}
	return fault.Wrap(err, "naming people")
}
