package identity

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

const (
	sessionIdle = 30 * 60 * second
	sessionLife = 12 * 3600 * second
	// useNoted is how late the noted time of the last use may be.
	useNoted = 60 * second
	// cacheLife keeps a revocation on another node under one second away.
	cacheLife   = 800 * second / 1000
	maxCached   = 10_000
	maxUseNotes = 10 * time.Second
)

// A secret names its tenant, so it is looked for in all of them.
const (
	sqlSessionByHash = `SELECT s.tenant, s.user_id, s.seen_at, s.expires_at, u.email, u.name, u.kind, u.time_zone, s.pending, s.proved_at
		FROM session s JOIN users u ON u.tenant = s.tenant AND u.id = s.user_id
		WHERE s.hash = $1 AND u.active`
	sqlTokenByHash = `SELECT t.tenant, t.user_id, COALESCE(t.last_used_at, 0), t.expires_at, u.email, u.name, u.kind, u.time_zone, t.id, t.scopes
		FROM token t JOIN users u ON u.tenant = t.tenant AND u.id = t.user_id
		WHERE t.hash = $1 AND t.revoked_at IS NULL AND u.active`
	sqlSessionSeen = `UPDATE session SET seen_at = $1 WHERE tenant = $2 AND hash = $3 AND seen_at < $4`
)

// login is what is remembered of a session or token for a moment.
type login struct {
	principal Principal
	usedAt    int64
	loadedAt  int64
}

// valid checks what passes with time.
func (l login) valid(now int64) error {
	if now >= l.principal.ExpiresAt {
		return unauthenticated("It has expired.")
	}
	if l.principal.SessionID != "" && now-l.usedAt >= sessionIdle {
		return unauthenticated("The session was idle for too long.")
	}
	return nil
}

func unauthenticated(reason string) error {
	return fault.New(fault.Denied, "Sign in first. %s", reason).WithSlug("unauthenticated")
}

// Authenticate tells who holds a session secret (cookie) or API token (bearer)
// and what they may do. It reads live state at most a second old, so that
// somebody who was deactivated is refused within a second on every node.
// Errors: fault.Denied, slug unauthenticated (answer 401).
func (s *Service) Authenticate(ctx context.Context, secret string) (Principal, error) {
	isToken := strings.HasPrefix(secret, TokenPrefix)
	if isToken && !wellFormedToken(secret) || !isToken && !wellFormedSecret(secret) {
		return Principal{}, unauthenticated("This is not a session or token of Tocsin.")
	}
	l, err := s.live(ctx, credentialOf(secret), isToken)
	if err != nil {
		return Principal{}, err
	}
	s.noteUse(ctx, l)
	return l.principal, nil
}

// Recheck asks again for a principal of an open connection (SSE), without
// counting as use. It fails as Authenticate does once the session or token
// ended or the person was deactivated.
func (s *Service) Recheck(ctx context.Context, p Principal) (Principal, error) {
	if p.key == (credential{}) {
		return Principal{}, unauthenticated("There is no session.")
	}
	l, err := s.live(ctx, p.key, p.TokenID != "")
	return l.principal, err
}

func (s *Service) live(ctx context.Context, key credential, isToken bool) (login, error) {
	now := s.db.Now()
	l, generation, ok := s.cache.get(key, now)
	if !ok {
		var err error
		if l, err = s.load(ctx, key, isToken); err != nil {
			return login{}, err
		}
		l.loadedAt = now
		s.cache.put(key, l, generation)
	}
	if err := l.valid(now); err != nil {
		return login{}, err
	}
	return l, nil
}

// load reads a login from the database.
func (s *Service) load(ctx context.Context, key credential, isToken bool) (l login, err error) {
	err = s.db.Read(db.As(ctx, db.Everyone, room), func(tx *db.Tx) error {
		if l, err = scanLogin(tx, key, isToken); err != nil {
			return err
		}
		p := &l.principal
		if p.Roles, err = rolesOf(tx, p.Tenant, p.UserID); err != nil {
			return err
		}
		if !isToken {
			if p.Methods, err = methodsOf(tx, p.Tenant, p.UserID); err != nil {
				return err
			}
		}
		p.Teams, err = db.Strings(tx, sqlUserTeams, p.Tenant, p.UserID)
		return err
	})
	if errors.Is(err, db.ErrNoRows) {
		return l, unauthenticated("The session or token has ended or never was.")
	}
	if err != nil {
		return l, fault.Wrap(err, "looking for a session or token")
	}
	l.principal.Permissions = permissionsOf(l.principal.Roles)
	if isToken {
		l.principal.Permissions &= scopePermissions(l.principal.Scopes)
	}
	if l.principal.Pending {
		l.principal.Permissions = 0 // whoever forgets to ask still lets nobody in
	}
	return l, nil
}

func scanLogin(tx *db.Tx, key credential, isToken bool) (l login, err error) {
	p := &l.principal
	p.key = key
	dest := []any{&p.Tenant, &p.UserID, &l.usedAt, &p.ExpiresAt, &p.Email, &p.Name, &p.Kind, &p.TimeZone}
	if !isToken {
		p.SessionID = key.id()
		return l, tx.QueryRow(sqlSessionByHash, key[:]).Scan(append(dest, &p.Pending, &p.ProvedAt)...)
	}
	var scopes string
	err = tx.QueryRow(sqlTokenByHash, key[:]).Scan(append(dest, &p.TokenID, &scopes)...)
	p.Scopes = strings.Fields(scopes)
	return l, err
}

// noteUse writes the time of use at most once a minute, beside the request.
func (s *Service) noteUse(ctx context.Context, l login) {
	now := s.db.Now()
	if now-l.usedAt < useNoted || !s.cache.claimNote(l.principal.key, now) {
		return
	}
	text := sqlSessionSeen
	if l.principal.TokenID != "" {
		text = sqlTokenWasUsed
	}
	ctx = db.As(context.WithoutCancel(ctx), l.principal.Tenant, room)
	s.uses.Go(func() {
		ctx, cancel := context.WithTimeout(ctx, maxUseNotes)
		defer cancel()
		err := s.db.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(text, now, tx.Tenant(), l.principal.key[:], now)
			return err
		})
		if err != nil {
			s.log.WarnContext(ctx, "noting the use of a session or token failed", "error", err.Error())
		}
	})
}

// cache remembers logins for less than a second.
type cache struct {
	mu         sync.Mutex
	logins     map[credential]login
	noted      map[credential]int64
	generation int64
}

func newCache() *cache {
	return &cache{logins: map[credential]login{}, noted: map[credential]int64{}}
}

// get also returns the generation in which a login may be put.
func (c *cache) get(key credential, now int64) (l login, generation int64, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l, ok = c.logins[key]
	age := now - l.loadedAt
	// A clock that was set back must not keep a login alive.
	return l, c.generation, ok && age >= 0 && age < cacheLife
}

// put keeps a login unless something was forgotten since the caller looked: it
// may have read what was true before.
func (c *cache) put(key credential, l login, generation int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if generation != c.generation {
		return
	}
	if len(c.logins) >= maxCached {
		clear(c.logins)
	}
	c.logins[key] = l
}

func (c *cache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generation++
	clear(c.logins)
}

// claimNote says that the caller is the one to note a use now. Use counts from
// here on, because the stored time is only read again after a moment.
func (c *cache) claimNote(key credential, now int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at, ok := c.noted[key]; ok && now-at >= 0 && now-at < useNoted {
		return false
	}
	if len(c.noted) >= maxCached {
		clear(c.noted)
	}
	c.noted[key] = now
	return true
}
