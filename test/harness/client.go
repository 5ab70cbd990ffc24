package harness

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Caller speaks HTTP/1.1 over one kept connection, as lean as it can be: what
// the caller costs is taken from the same two cores that the server has.
type Caller struct {
	Within time.Duration // bounds one call; 0 is a minute

	host, token string
	conn        net.Conn
	in          *bufio.Reader
	out         bytes.Buffer
}

// Answer is what came back. Raw is good until the next call.
type Answer struct {
	Status int
	Header http.Header
	Raw    []byte
}

// Into reads the body as JSON.
func (a Answer) Into(v any) error {
	if a.Status/100 != 2 {
		return fmt.Errorf("answered %d: %s", a.Status, a.Raw)
	}
	return json.Unmarshal(a.Raw, v)
}

// NewCaller makes a caller; it connects at its first call.
func NewCaller(address, token string) (*Caller, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	return &Caller{host: u.Host, token: token}, nil
}

// callWithin bounds one call of a caller that does not say.
const callWithin = 60 * time.Second

// Do sends one request and reads the whole answer. After an error the outcome
// is not known, and the connection is closed.
func (c *Caller) Do(method, path string, body []byte, headers ...string) (Answer, error) {
	if c.conn == nil {
		conn, err := net.DialTimeout("tcp", c.host, 5*time.Second)
		if err != nil {
			return Answer{}, err
		}
		c.conn, c.in = conn, bufio.NewReader(conn)
	}
	a, keep, err := c.exchange(method, path, body, headers)
	if err != nil || !keep {
		c.Close()
	}
	return a, err
}

func (c *Caller) exchange(method, path string, body []byte, headers []string) (a Answer, keep bool, err error) {
	_ = c.conn.SetDeadline(time.Now().Add(cmp.Or(c.Within, callWithin)))
	c.out.Reset()
	fmt.Fprintf(&c.out, "%s %s HTTP/1.1\r\nHost: %s\r\n", method, path, c.host)
	if c.token != "" {
		c.out.WriteString("Authorization: Bearer " + c.token + "\r\n")
	}
	for _, h := range headers {
		c.out.WriteString(h + "\r\n")
	}
	if body != nil {
		fmt.Fprintf(&c.out, "Content-Type: application/json\r\nContent-Length: %d\r\n", len(body))
	}
	c.out.WriteString("\r\n")
	c.out.Write(body)
	if _, err := c.conn.Write(c.out.Bytes()); err != nil {
		return a, false, err
	}
	res, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return a, false, err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	return Answer{res.StatusCode, res.Header, raw}, !res.Close, err
}

// Call sends a value as JSON and reads the answer into out, unless that is nil.
func (c *Caller) Call(method, path string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	a, err := c.Do(method, "/api/v1"+path, body)
	if err != nil {
		return err
	}
	if out == nil {
		out = &json.RawMessage{}
		if len(a.Raw) == 0 && a.Status/100 == 2 {
			return nil
		}
	}
	if err := a.Into(out); err != nil {
		return fmt.Errorf("%s %s %w", method, path, err)
	}
	return nil
}

// Close closes the connection.
func (c *Caller) Close() {
	if c.conn != nil {
		_ = c.conn.Close()
		c.conn = nil
	}
}

// Result is what the server says of one finding.
type Result struct {
	Finding  string `json:"finding_id"`
	Ticket   string `json:"ticket"`
	TicketID string `json:"ticket_id"`
	Outcome  string `json:"outcome"`
	Error    string `json:"error"`
}

// ErrRefused is a refusal: the server answered and it was not 2xx.
var ErrRefused = errors.New("refused")

// Send posts a body of one finding. An error that is not ErrRefused leaves the
// outcome unknown.
func (c *Caller) Send(body []byte) (Result, Answer, error) {
	a, err := c.Do(http.MethodPost, "/api/v1/findings", body)
	if err != nil {
		return Result{}, a, err
	}
	if a.Status != http.StatusOK {
		return Result{}, a, fmt.Errorf("%w with %d: %s", ErrRefused, a.Status, strings.TrimSpace(string(a.Raw)))
	}
	var out struct{ Results []Result }
	if err := json.Unmarshal(a.Raw, &out); err != nil || len(out.Results) != 1 {
		return Result{}, a, fmt.Errorf("%w: the answer is not one result: %s", ErrRefused, a.Raw)
	}
	return out.Results[0], a, nil
}
