package sla

import (
	"sync"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

// versions keeps compiled versions. They never change, so that what is here is
// right for ever.
type versions struct {
	mu    sync.Mutex
	ready map[versionKey]*Version
}

type versionKey struct {
	tenant string
	number int64
}

func newVersions() *versions { return &versions{ready: map[versionKey]*Version{}} }

// version is one version of the document by its number.
func (s *SLA) version(tx *db.Tx, number int64) (*Version, error) {
	s.versions.mu.Lock()
	defer s.versions.mu.Unlock()
	if v := s.versions.ready[versionKey{tx.Tenant(), number}]; v != nil {
		return v, nil
	}
	return nil, fault.New(fault.Missing, "There is no version %d of the targets.", number)
}
