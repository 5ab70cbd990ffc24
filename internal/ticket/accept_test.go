package ticket_test

import (
	"testing"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/ticket"
)

// TestTheWinnerWhoAcceptsAgainMeanwhileHasWon: the second try reads the offer
// while the first is under way, as when a server stands still and the client
// turns to another.
func TestTheWinnerWhoAcceptsAgainMeanwhileHasWon(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		h := w.offered(w.owned("medium"))
		a := ticket.Acceptance{Checklist: w.readAll(h, ann)}
		accepted, first := make(chan struct{}, 8), make(chan error, 1)
		go func() {
			first <- w.try(ann, func(tx *db.Tx) error {
				_, err := w.tickets.Accept(tx, h.ID, a)
				accepted <- struct{}{}
				time.Sleep(300 * time.Millisecond) // not committed yet
				return err
			})
		}()
		<-accepted
		if err := w.accept(ann, h.ID, a); err != nil {
			w.t.Errorf("the second try: %v", err)
		}
		if err := <-first; err != nil {
			w.t.Errorf("the first try: %v", err)
		}
	})
}
