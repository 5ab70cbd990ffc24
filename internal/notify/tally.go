package notify

import "sync"

// tally counts letters of this process by kind of channel and outcome.
type tally struct {
	mu     sync.Mutex
	counts map[Outcome]int64
}

// Outcome is what became of letters over one kind of channel.
type Outcome struct{ Channel, State string }

func (t *tally) add(channel, state string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil {
		t.counts = map[Outcome]int64{}
	}
	t.counts[Outcome{channel, state}]++
}

// Outcomes are the letters of this process since its start.
func (n *Notify) Outcomes() map[Outcome]int64 {
	n.tally.mu.Lock()
	defer n.tally.mu.Unlock()
	out := make(map[Outcome]int64, len(n.tally.counts))
	for k, v := range n.tally.counts {
		out[k] = v
	}
	return out
}
