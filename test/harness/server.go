package harness

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Password is that of the administrator whom Bootstrap makes.
const Password = "correct horse battery staple 7"

// Options say how to start a server.
type Options struct {
	Bin  string   // the binary
	Data string   // data directory
	DB   string   // "" for SQLite in Data, else postgres://…
	Key  string   // key file; "" is Data + ".key". Servers of one database share it
	Addr string   // "" for any port of this machine
	Env  []string // beside the environment of this process
	Log  string   // file that its log is appended to; "" is Data + ".log"
}

// Store are the flags that name the database.
func (o Options) Store() []string {
	args := []string{"--data", o.Data}
	if o.DB != "" {
		args = append(args, "--db", o.DB)
	}
	if o.Key != "" {
		args = append(args, "--key-file", o.Key)
	}
	return args
}

// LogFile is where the server's log goes.
func (o Options) LogFile() string {
	if o.Log == "" {
		return o.Data + ".log"
	}
	return o.Log
}

// Server is one running process.
type Server struct {
	URL     string
	Ready   time.Duration // from the start of the process to "listening on"
	cmd     *exec.Cmd
	ended   chan struct{}
	waitErr error
	log     *os.File
}

// startWithin is how long a server may take to say that it listens.
const startWithin = 60 * time.Second

// Bin is the binary to judge, as a path that holds in any directory.
func Bin() (string, error) {
	bin := os.Getenv("TOCSIN_BIN")
	if bin == "" {
		bin = "bin/tocsin"
	}
	bin, err := filepath.Abs(bin)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(bin); err != nil {
		return "", fmt.Errorf("there is no binary to judge (make build makes it): %w", err)
	}
	return bin, nil
}

// Start starts a server and waits until it listens.
func Start(o Options) (*Server, error) {
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	o.Log = o.LogFile()
	args := append([]string{"serve", "--addr", o.Addr}, o.Store()...)
	log, err := os.OpenFile(o.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(o.Bin, args...)
	cmd.Env = append(clean(os.Environ()), o.Env...)
	cmd.Stderr = log
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(err, log.Close())
	}
	s := &Server{cmd: cmd, ended: make(chan struct{}), log: log}
	lines := make(chan string, 16)
	go s.watch(out, lines)
	if err := s.await(lines, o); err != nil {
		return nil, err
	}
	s.Ready = time.Since(began)
	return s, nil
}

// clean leaves out settings of our own that would reach the server.
func clean(env []string) []string {
	out := []string{}
	for _, e := range env {
		if !strings.HasPrefix(e, "TOCSIN_") {
			out = append(out, e)
		}
	}
	return out
}

// watch reads what the server says until it ends, then waits for it.
func (s *Server) watch(out io.Reader, lines chan<- string) {
	for in := bufio.NewScanner(out); in.Scan(); {
		select {
		case lines <- in.Text():
		default: // nobody is reading any more
		}
	}
	s.waitErr = s.cmd.Wait()
	_ = s.log.Close()
	close(s.ended)
}

func (s *Server) await(lines <-chan string, o Options) error {
	limit := time.After(startWithin)
	for {
		select {
		case line := <-lines:
			if _, url, ok := strings.Cut(line, "listening on "); ok {
				s.URL = strings.TrimSpace(url)
				return nil
			}
		case <-s.ended:
			return fmt.Errorf("the server ended before it listened (%w):\n%s", s.waitErr, Tail(o.Log))
		case <-limit:
			s.Kill()
			return fmt.Errorf("the server did not listen within %s:\n%s", startWithin, Tail(o.Log))
		}
	}
}

// Tail is the end of a log, for a message.
func Tail(path string) string {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return string(raw[max(0, len(raw)-2000):])
}

// PID is the process.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// Kill ends the process as a crash does and waits until it is gone.
func (s *Server) Kill() {
	_ = s.cmd.Process.Kill()
	<-s.ended
}

// Stop asks the process to end and returns its exit code and how long it took.
// One that does not end within the limit is killed and counts as code -1.
func (s *Server) Stop(limit time.Duration) (code int, took time.Duration) {
	began := time.Now()
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.ended:
		return s.cmd.ProcessState.ExitCode(), time.Since(began)
	case <-time.After(limit):
		s.Kill()
		return -1, time.Since(began)
	}
}

// Resident is the memory of the process that is in RAM now, in bytes.
func (s *Server) Resident() (int64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.PID()))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			var kib int64
			_, err := fmt.Sscan(rest, &kib)
			return kib << 10, err
		}
	}
	return 0, errors.New("the system does not say how much memory the process has")
}

// CPU is the processor time that the process has used so far.
func (s *Server) CPU() (time.Duration, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.PID()))
	if err != nil {
		return 0, err
	}
	// The name before the last parenthesis may hold anything.
	fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:]))
	if len(fields) < 13 {
		return 0, errors.New("the system does not say how much time the process has used")
	}
	var user, system int64
	if _, err := fmt.Sscan(fields[11]+" "+fields[12], &user, &system); err != nil {
		return 0, err
	}
	return time.Duration(user+system) * (time.Second / 100), nil // clock ticks of Linux
}

// Run runs one command of the binary to its end.
func Run(bin, stdin string, args ...string) (stdout string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, bin, args...)
	cmd.Env = clean(os.Environ())
	cmd.Stdin = strings.NewReader(stdin)
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("%s %s: %w: %s", filepath.Base(bin), strings.Join(args, " "), err, complaint.String())
	}
	return out.String(), nil
}

// Bootstrap makes the first administrator of an empty installation and returns
// an API token.
func Bootstrap(o Options) (token string, err error) {
	args := append([]string{"admin", "bootstrap", "--email", "harness@example.org", "--password-stdin", "-o", "json"}, o.Store()...)
	out, err := Run(o.Bin, Password+"\n", args...)
	if err != nil {
		return "", err
	}
	var made struct{ Token string }
	if err := json.Unmarshal([]byte(out), &made); err != nil || made.Token == "" {
		return "", fmt.Errorf("bootstrap printed no token: %s", out)
	}
	return made.Token, nil
}

// Installation makes a fresh one with an administrator and starts it.
func Installation(o Options) (*Server, string, error) {
	token, err := Bootstrap(o)
	if err != nil {
		return nil, "", err
	}
	s, err := Start(o)
	return s, token, err
}
