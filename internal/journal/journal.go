package journal

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/seal"
)

// Entry is what a room asks to record.
type Entry struct {
	Stream string // "ticket:<id>", "finding:<id>", "user:<id>", …; never shared by concurrent intake
	Kind   string // noun.verb-in-past, a constant of kinds.go
	Data   any    // public to whoever may see the stream; no free text, no personal data, integers only
	Priv   any    // personal data and free text; nil for none; can be erased
}

// Written is where an entry came to stand.
type Written struct {
	Seq  int64
	At   int64
	Hash []byte
}

// Record is an entry as it is read.
type Record struct {
	Pos                   int64 // 0 while no position is given
	Tenant, Stream        string
	Seq, At               int64
	Actor, Kind           string
	Data                  json.RawMessage
	Priv                  json.RawMessage // nil when there is none or it was erased
	Erased                bool
	Commitment, Prev, Sum []byte
}

// Journal writes and reads entries.
type Journal struct{ vault *seal.Vault }

// New makes a journal that seals private text with the vault.
func New(vault *seal.Vault) *Journal { return &Journal{vault} }

// Append writes an entry in the caller's transaction, chained to the stream's
// last. On PostgreSQL two writers of one stream may meet; the transaction of
// the second then runs again.
func (j *Journal) Append(tx *db.Tx, e Entry) (Written, error) {
	chain, err := j.Follow(tx, e.Stream)
	if err != nil {
		return Written{}, err
	}
	return chain.Append(e.Kind, e.Data, e.Priv)
}

// Chain is the end of one stream inside one transaction.
type Chain struct {
	j       *Journal
	tx      *db.Tx
	stream  string
	seq, at int64
	prev    []byte
}

// Begin is the chain of a stream that the caller knows to be new, which saves
// looking for its end.
func (j *Journal) Begin(tx *db.Tx, stream string) *Chain {
	return &Chain{j: j, tx: tx, stream: stream}
}

// Follow finds the end of a stream.
func (j *Journal) Follow(tx *db.Tx, stream string) (*Chain, error) {
	c := j.Begin(tx, stream)
	err := tx.QueryRow(sqlLast, tx.Tenant(), stream).Scan(&c.seq, &c.at, &c.prev)
	if errors.Is(err, db.ErrNoRows) {
		err = nil
	}
	return c, fault.Wrap(err, "finding the end of stream %s", stream)
}

// Seq is the sequence number of the last entry; 0 in an empty stream.
func (c *Chain) Seq() int64 { return c.seq }

// Append writes the next entry. Time grows strictly within a stream, even when
// the machine's clock steps back.
func (c *Chain) Append(kind string, data, priv any) (Written, error) {
	canonical, err := canonicalData(data)
	if err != nil {
		return Written{}, fault.Wrap(err, "recording %s", kind)
	}
	env := envelope{
		tenant: c.tx.Tenant(), stream: c.stream, seq: c.seq + 1, at: max(c.tx.Now(), c.at+1),
		actor: string(c.tx.Actor()), kind: kind, data: canonical, prev: c.prev,
	}
	var sealed []byte
	if priv != nil {
		if env.priv, sealed, err = c.j.sealPriv(c.tx, c.stream, priv); err != nil {
			return Written{}, fault.Wrap(err, "sealing %s", kind)
		}
	}
	w := Written{Seq: env.seq, At: env.at, Hash: leafHash(env.bytes())}
	if err := insert(c.tx, env, sealed, w.Hash); err != nil {
		return Written{}, fault.Wrap(err, "recording %s", kind)
	}
	c.seq, c.at, c.prev = w.Seq, w.At, w.Hash
	return w, nil
}

func canonicalData(v any) ([]byte, error) {
	if v == nil {
		return []byte("{}"), nil
	}
	return Canonical(v)
}

func (j *Journal) sealPriv(tx *db.Tx, stream string, priv any) (commitment, sealed []byte, err error) {
	plain, err := Canonical(priv)
	if err != nil {
		return nil, nil, err
	}
	return j.vault.SealErasable(tx, stream, plain)
}

const sqlLast = `SELECT seq, at, hash FROM entry WHERE tenant = $1 AND stream = $2 ORDER BY seq DESC LIMIT 1`

func insert(tx *db.Tx, env envelope, sealed, hash []byte) error {
	return tx.Must(`INSERT INTO entry(tenant, stream, seq, at, actor, kind, data, priv, sealed, prev, hash, pos)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,`+tx.Position("entry")+`)`,
		env.tenant, env.stream, env.seq, env.at, env.actor, env.kind, env.data,
		orNull(env.priv), orNull(sealed), orNull(env.prev), hash)
}

// orNull keeps an absent value NULL, where a nil slice might be an empty one.
func orNull(b []byte) any {
	if b == nil {
		return nil
	}
	return b
}

// Bytes are the exact bytes that were hashed.
func (r *Record) Bytes() []byte { return r.envelope().bytes() }

// Whole reports whether the stored hash fits the stored columns.
func (r *Record) Whole() bool { return string(leafHash(r.Bytes())) == string(r.Sum) }

// Hash is the entry's hash in lower-case hex, as the bytes of the next hold it.
func (r *Record) Hash() string { return hex.EncodeToString(r.Sum) }

// Time is when it happened.
func (r *Record) Time() time.Time { return time.UnixMicro(r.At).UTC() }

// Get reads one member of data that is a text; "" when it is not there.
func (r *Record) Get(name string) string {
	s, _ := textOf(r.Data, name)
	return s
}

// Member reads one member of data whatever it is: a text as it is, anything else
// as JSON; "" when it is not there.
func (r *Record) Member(name string) string {
	s, raw := textOf(r.Data, name)
	if s == "" {
		return string(raw)
	}
	return s
}

// Said reads one member of the private text; "" when it is not there or erased.
func (r *Record) Said(name string) string {
	s, _ := textOf(r.Priv, name)
	return s
}

func textOf(data json.RawMessage, name string) (s string, raw json.RawMessage) {
	var m map[string]json.RawMessage
	if json.Unmarshal(data, &m) != nil {
		return "", nil
	}
	_ = json.Unmarshal(m[name], &s)
	return s, m[name]
}

func (r *Record) envelope() envelope {
	return envelope{
		tenant: r.Tenant, stream: r.Stream, seq: r.Seq, at: r.At, actor: r.Actor, kind: r.Kind,
		data: r.Data, priv: r.Commitment, prev: r.Prev,
	}
}
