package sla

import "sync"

// memo remembers of one catch-up who has got all the messages of their own,
// which never changes back. It spares asking the database for each notice.
type memo struct {
	mu   sync.Mutex
	id   string
	full map[string]bool
}

func (m *memo) has(id, who string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.id == id && m.full[who]
}

func (m *memo) add(id, who string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.id != id {
		m.id, m.full = id, map[string]bool{}
	}
	m.full[who] = true
}
