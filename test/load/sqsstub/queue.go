package sqsstub

import (
	"container/heap"
	"context"
	"crypto/md5"
	"crypto/rand"
	"encoding/hex"
	"strconv"
	"strings"
	"sync"
	"time"
)

// message is one in the queue.
type message struct {
	id, body, sum string
	sentAt        time.Time
	receives      int
	hiddenUntil   time.Time
	place         int // in the heap of hidden ones; -1 while it is visible
}

// queue hands out visible messages in the order they came; hidden ones come
// back when their time is over. Every step costs the logarithm of its length
// at most.
type queue struct {
	name    string
	hidden  time.Duration
	mu      sync.Mutex
	visible []*message
	away    timeHeap
	all     map[string]*message // by id; what was deleted is not in it
	came    chan struct{}       // closed when something becomes visible
}

// create makes a queue, or finds the one of that name.
func (s *Server) create(in input) string {
	url := s.URL + "/123456789012/" + in.QueueName
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.queues[url] == nil {
		hidden := 30 * time.Second
		if n, err := strconv.Atoi(in.Attributes["VisibilityTimeout"]); err == nil {
			hidden = time.Duration(n) * time.Second
		}
		s.queues[url] = &queue{name: in.QueueName, hidden: hidden, all: map[string]*message{}, came: make(chan struct{})}
	}
	return url
}

func md5Of(s string) string {
	sum := md5.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}

// send returns an answer for each body.
func (q *queue) send(bodies []string) []map[string]any {
	q.mu.Lock()
	defer q.mu.Unlock()
	var out []map[string]any
	for _, b := range bodies {
		m := &message{id: rand.Text(), body: b, sum: md5Of(b), sentAt: time.Now(), place: -1}
		q.all[m.id] = m
		q.visible = append(q.visible, m)
		out = append(out, map[string]any{"MessageId": m.id, "MD5OfMessageBody": m.sum})
	}
	q.tell()
	return out
}

func (q *queue) sendBatch(entries []entry) (any, *refusal) {
	sent := map[string]map[string]any{}
	out, bad := batch(entries, func(e entry) *refusal {
		sent[e.ID] = q.send([]string{e.MessageBody})[0]
		return nil
	})
	if bad != nil {
		return nil, bad
	}
	for _, one := range out.(map[string]any)["Successful"].([]any) {
		answer := one.(map[string]any)
		for name, value := range sent[answer["Id"].(string)] {
			answer[name] = value
		}
	}
	return out, nil
}

// tell wakes who waits. The caller holds the lock.
func (q *queue) tell() {
	close(q.came)
	q.came = make(chan struct{})
}

// receive hands out what is visible, and waits for something when nothing is.
func (q *queue) receive(ctx context.Context, in input) (any, *refusal) {
	if in.MaxNumberOfMessages == 0 {
		in.MaxNumberOfMessages = 1
	}
	if in.MaxNumberOfMessages < 1 || in.MaxNumberOfMessages > maxBatch {
		return nil, &refusal{"InvalidParameterValue", "Value for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided."}
	}
	hidden := q.hidden
	if in.VisibilityTimeout != nil {
		hidden = seconds(in.VisibilityTimeout)
	}
	end := time.NewTimer(seconds(in.WaitTimeSeconds))
	defer end.Stop()
	for {
		got, came, back := q.take(in.MaxNumberOfMessages, hidden)
		if len(got) > 0 {
			return map[string]any{"Messages": got}, nil
		}
		next := time.NewTimer(back)
		select {
		case <-came:
		case <-next.C:
		case <-end.C:
			next.Stop()
			return map[string]any{}, nil
		case <-ctx.Done():
			next.Stop()
			return map[string]any{}, nil
		}
		next.Stop()
	}
}

// take also returns what tells that something came, and how soon something
// hidden comes back.
func (q *queue) take(most int, hidden time.Duration) (got []map[string]any, came <-chan struct{}, back time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	q.restore(now)
	for len(got) < most && len(q.visible) > 0 {
		m := q.visible[0]
		q.visible = q.visible[1:]
		if q.all[m.id] == nil {
			continue // deleted after it came back
		}
		m.receives++
		q.putAway(m, now.Add(hidden))
		got = append(got, map[string]any{
			"MessageId": m.id, "ReceiptHandle": m.id + "." + strconv.Itoa(m.receives), "Body": m.body, "MD5OfBody": m.sum,
			"Attributes": map[string]string{
				"ApproximateReceiveCount": strconv.Itoa(m.receives), "SentTimestamp": strconv.FormatInt(m.sentAt.UnixMilli(), 10),
			},
		})
	}
	back = time.Hour
	if len(q.away) > 0 {
		back = max(q.away[0].hiddenUntil.Sub(now), time.Millisecond)
	}
	return got, q.came, back
}

// restore makes visible what was hidden long enough. The caller holds the lock.
func (q *queue) restore(now time.Time) {
	for len(q.away) > 0 && !q.away[0].hiddenUntil.After(now) {
		q.visible = append(q.visible, heap.Pop(&q.away).(*message))
	}
}

func (q *queue) putAway(m *message, until time.Time) {
	m.hiddenUntil = until
	if m.place >= 0 {
		heap.Fix(&q.away, m.place)
		return
	}
	heap.Push(&q.away, m)
}

// find returns the message of a receipt handle, also of an earlier receive.
// What was deleted is no mistake: nil without a refusal.
func (q *queue) find(handle string) (*message, *refusal) {
	id, n, ok := strings.Cut(handle, ".")
	if _, err := strconv.Atoi(n); !ok || err != nil || len(id) != len(rand.Text()) {
		return nil, &refusal{"ReceiptHandleIsInvalid", "The input receipt handle is invalid."}
	}
	return q.all[id], nil
}

func (q *queue) remove(handle string) *refusal {
	q.mu.Lock()
	defer q.mu.Unlock()
	m, bad := q.find(handle)
	if m == nil {
		return bad
	}
	delete(q.all, m.id)
	if m.place >= 0 {
		heap.Remove(&q.away, m.place)
	}
	return nil
}

func (q *queue) hide(handle string, d time.Duration) *refusal {
	q.mu.Lock()
	defer q.mu.Unlock()
	m, bad := q.find(handle)
	if bad != nil {
		return bad
	}
	if m == nil || m.place < 0 {
		return &refusal{"InvalidParameterValue", "Value " + handle + " for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change."}
	}
	q.putAway(m, time.Now().Add(d))
	q.restore(time.Now())
	q.tell()
	return nil
}

func (q *queue) attributes() map[string]string {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.restore(time.Now())
	return map[string]string{
		"QueueArn":                              "arn:aws:sqs:us-east-1:123456789012:" + q.name,
		"ApproximateNumberOfMessages":           strconv.Itoa(len(q.all) - len(q.away)),
		"ApproximateNumberOfMessagesNotVisible": strconv.Itoa(len(q.away)),
		"VisibilityTimeout":                     strconv.Itoa(int(q.hidden.Seconds())),
		"MessageRetentionPeriod":                "345600",
	}
}

// timeHeap holds hidden messages, the next to come back first.
type timeHeap []*message

// Len implements heap.Interface.
func (h timeHeap) Len() int { return len(h) }

// Less implements heap.Interface.
func (h timeHeap) Less(i, j int) bool { return h[i].hiddenUntil.Before(h[j].hiddenUntil) }

// Swap implements heap.Interface.
func (h timeHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}

// Push implements heap.Interface.
func (h *timeHeap) Push(x any) {
	m := x.(*message)
	m.place = len(*h)
	*h = append(*h, m)
}

// Pop implements heap.Interface.
func (h *timeHeap) Pop() any {
	old := *h
	m := old[len(old)-1]
	m.place, old[len(old)-1] = -1, nil
	*h = old[:len(old)-1]
	return m
}
