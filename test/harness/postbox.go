package harness

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"
)

// Postbox is a mail server of this machine that takes every mail.
type Postbox struct {
	Host string
	Port int
	l    net.Listener
	mu   sync.Mutex
	got  []Mail
}

// Mail is one that was taken.
type Mail struct {
	To string
	At time.Time
}

// OpenPostbox opens one.
func OpenPostbox() (*Postbox, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Postbox{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, l: l}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(c)
		}
	}()
	return p, nil
}

// Close ends it.
func (p *Postbox) Close() { _ = p.l.Close() }

// Mails are those so far.
func (p *Postbox) Mails() []Mail {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Mail{}, p.got...)
}

// serve speaks as much SMTP as is needed to take mails.
func (p *Postbox) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	in := bufio.NewScanner(c)
	in.Buffer(nil, 4<<20)
	say := func(text string) { _, _ = fmt.Fprintf(c, "%s\r\n", text) }
	say("220 postbox")
	to := ""
	for in.Scan() {
		switch word := strings.ToUpper(in.Text()); {
		case strings.HasPrefix(word, "EHLO"), strings.HasPrefix(word, "HELO"):
			say("250-postbox\r\n250 8BITMIME")
		case strings.HasPrefix(word, "RCPT TO:"):
			to = strings.Trim(in.Text()[len("RCPT TO:"):], "<> ")
			say("250 ok")
		case word == "DATA":
			say("354 go on")
			for in.Scan() && in.Text() != "." {
			}
			p.mu.Lock()
			p.got = append(p.got, Mail{to, time.Now()})
			p.mu.Unlock()
			say("250 taken")
		case word == "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}
