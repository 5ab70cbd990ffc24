package finding

import "tocsin/internal/db"

// Compare says how a part that could be read relates to what is stored, as Take
// would find it now. It keeps nothing; the id of a new finding is nobody's.
func (f *Findings) Compare(tx *db.Tx, p Part, source string) (*Taken, error) {
	t := &Taken{Finding: believable(p.Finding, tx.Now()), Content: p.ContentHash, Source: source}
	return t, f.compare(tx, p, t)
}
