// Package sqsstub is a stand-in for SQS where an emulator is too slow: one that
// stays as fast with ten thousand waiting messages as with ten. It speaks
// awsJson1.0 for what the consumer of queues uses. One test holds it and the
// emulator to the same behaviour.
//
// In: requests of an AWS SDK, whose signatures it does not look at. Out: what
// SQS answers. It keeps everything in memory and listens on 127.0.0.1 only.
package sqsstub

import (
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Server is the stub.
type Server struct {
	URL    string
	http   *http.Server
	mu     sync.Mutex
	queues map[string]*queue // by URL
}

// Start listens on a free port.
func Start() (*Server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Server{URL: "http://" + l.Addr().String(), queues: map[string]*queue{}}
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.http.Serve(l) }()
	return s, nil
}

// Close ends it.
func (s *Server) Close() { _ = s.http.Close() }

// Left counts the messages of a queue that nobody has deleted.
func (s *Server) Left(url string) int {
	s.mu.Lock()
	q := s.queues[url]
	s.mu.Unlock()
	if q == nil {
		return 0
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.all)
}

// refusal is an error answer.
type refusal struct{ code, message string }

// maxRequest is what SQS takes at once, and room for its JSON.
const maxRequest = 8 << 20

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, action, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	var in input
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest)).Decode(&in); err != nil {
		answer(w, nil, &refusal{"MalformedInput", err.Error()})
		return
	}
	if action == "CreateQueue" {
		answer(w, map[string]any{"QueueUrl": s.create(in)}, nil)
		return
	}
	s.mu.Lock()
	q := s.queues[in.QueueURL]
	s.mu.Unlock()
	if q == nil {
		answer(w, nil, &refusal{"QueueDoesNotExist", "The specified queue does not exist."})
		return
	}
	out, bad := s.act(r, action, q, in)
	answer(w, out, bad)
}

func (s *Server) act(r *http.Request, action string, q *queue, in input) (any, *refusal) {
	switch action {
	case "DeleteQueue":
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.queues, in.QueueURL)
		return map[string]any{}, nil
	case "SendMessage":
		return q.send([]string{in.MessageBody})[0], nil
	case "SendMessageBatch":
		return q.sendBatch(in.Entries)
	case "ReceiveMessage":
		return q.receive(r.Context(), in)
	case "DeleteMessage":
		return nothing(q.remove(in.ReceiptHandle))
	case "DeleteMessageBatch":
		return batch(in.Entries, func(e entry) *refusal { return q.remove(e.ReceiptHandle) })
	case "ChangeMessageVisibility":
		return nothing(q.hide(in.ReceiptHandle, seconds(in.VisibilityTimeout)))
	case "ChangeMessageVisibilityBatch":
		return batch(in.Entries, func(e entry) *refusal { return q.hide(e.ReceiptHandle, seconds(e.VisibilityTimeout)) })
	case "GetQueueAttributes":
		return map[string]any{"Attributes": q.attributes()}, nil
	}
	return nil, &refusal{"InvalidAction", "The action " + action + " is not one of the stub's."}
}

// input is every member of every request that is read.
type input struct {
	QueueName, QueueURL, MessageBody, ReceiptHandle string
	Attributes                                      map[string]string
	MaxNumberOfMessages                             int
	WaitTimeSeconds, VisibilityTimeout              *int
	Entries                                         []entry
}

type entry struct {
	ID, MessageBody, ReceiptHandle string
	VisibilityTimeout              *int
}

func nothing(bad *refusal) (any, *refusal) { return map[string]any{}, bad }

func seconds(n *int) time.Duration {
	if n == nil {
		return 0
	}
	return time.Duration(*n) * time.Second
}

const maxBatch = 10

// batch does something for each entry; one that fails is answered for by
// itself.
func batch(entries []entry, do func(entry) *refusal) (any, *refusal) {
	switch {
	case len(entries) == 0:
		return nil, &refusal{"EmptyBatchRequest", "There should be at least one entry in the request."}
	case len(entries) > maxBatch:
		return nil, &refusal{"TooManyEntriesInBatchRequest", "Maximum number of entries per request are 10."}
	}
	good, bad := []any{}, []any{}
	for _, e := range entries {
		if r := do(e); r != nil {
			bad = append(bad, map[string]any{"Id": e.ID, "SenderFault": true, "Code": r.code, "Message": r.message})
		} else {
			good = append(good, map[string]any{"Id": e.ID})
		}
	}
	return map[string]any{"Successful": good, "Failed": bad}, nil
}

func answer(w http.ResponseWriter, out any, bad *refusal) {
	if bad != nil {
		w.Header().Set("x-amzn-query-error", bad.code+";Sender")
		w.WriteHeader(http.StatusBadRequest)
		out = map[string]any{"__type": "com.amazonaws.sqs#" + bad.code, "message": bad.message}
	}
	_ = json.NewEncoder(w).Encode(out)
}
