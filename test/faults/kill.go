package main

import (
	"encoding/json"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"time"

	"tocsin/test/harness"
)

const clients = 16

// freeAddr is an address of this machine that nobody listens on.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// installation bootstraps a fresh one at an address that stays the same.
func (w *world) installation(name, db string) (o harness.Options, token string, err error) {
	o = harness.Options{Bin: w.bin, Data: filepath.Join(w.work, name), DB: db, Key: filepath.Join(w.work, "key")}
	if o.Addr, err = freeAddr(); err != nil {
		return o, "", err
	}
	token, err = harness.Bootstrap(o)
	return o, token, err
}

// provesKill kills the real server again and again while it is being used.
func provesKill(w *world) ([]row, error) {
	o, token, err := w.installation("kill", "")
	if err != nil {
		return nil, err
	}
	c := gatherCrowd(clients, "kill", token, w.seed, "http://"+o.Addr)
	defer c.disband()
	kills := w.count(12, 200, 1000)
	for i := range kills {
		s, err := harness.Start(o)
		if err != nil {
			return nil, fmt.Errorf("after %d kills: %w", i, err)
		}
		if i%25 == 24 {
			if err := c.spotCheck(s.URL); err != nil {
				return nil, fmt.Errorf("after %d kills: %w", i, err)
			}
		}
		time.Sleep(w.between(20*time.Millisecond, 150*time.Millisecond))
		s.Kill()
	}
	j, f, whole, err := w.settle(o, c, token)
	if err != nil {
		return nil, err
	}
	return []row{
		{
			fmt.Sprintf("kill -9 of the server %d times under load (SQLite FULL): nothing acknowledged is lost or doubled", kills),
			fmt.Sprintf("%d kills, %s, %d sent again", kills, j, c.ledger.resent), "0 lost, 0 doubled", verdict(j.sound()),
		},
		{"kill -9: every chain of the journal is whole", whole.figure, "whole", verdict(whole.ok)},
		selfCheck(c.ledger, f),
	}, nil
}

// spotCheck asks the product itself for some of the findings it acknowledged.
func (c *crowd) spotCheck(url string) error {
	caller, err := harness.NewCaller(url, c.token)
	if err != nil {
		return err
	}
	defer caller.Close()
	for uid, r := range c.ledger.some(20) {
		var got struct{ UID, Ticket string }
		if err := caller.Call("GET", "/findings/"+r.Finding, nil, &got); err != nil {
			return err
		}
		if got.UID != uid || got.Ticket != r.Ticket {
			return fmt.Errorf("finding %s of ticket %s reads back as %s of %s", uid, r.Ticket, got.UID, got.Ticket)
		}
	}
	return nil
}

// chains is what `tocsin log verify` said.
type chains struct {
	figure string
	ok     bool
}

// settle starts the server once more, lets everything be answered, ends it,
// checks the chains and judges.
func (w *world) settle(o harness.Options, c *crowd, token string) (judgement, facts, chains, error) {
	s, err := harness.Start(o)
	if err != nil {
		return judgement{}, facts{}, chains{}, err
	}
	c.settle()
	f, err := gather(o, c.ledger, s.URL, token)
	code, _ := s.Stop(20 * time.Second)
	if err == nil && code != 0 {
		err = fmt.Errorf("the server ended with code %d", code)
	}
	if err != nil {
		return judgement{}, f, chains{}, err
	}
	return judge(c.ledger, f), f, verify(o), nil
}

// verify lets the product check its own journal.
func verify(o harness.Options) chains {
	out, err := harness.Run(o.Bin, "", append([]string{"log", "verify", "-o", "json"}, o.Store()...)...)
	if err != nil {
		return chains{err.Error(), false}
	}
	var said struct {
		OK      bool
		Entries int64
		Broken  string
	}
	if err := json.Unmarshal([]byte(out), &said); err != nil {
		return chains{"log verify printed " + out, false}
	}
	if !said.OK || said.Entries == 0 {
		return chains{fmt.Sprintf("broken in %d entries: %s", said.Entries, said.Broken), false}
	}
	return chains{fmt.Sprintf("whole, %d entries", said.Entries), true}
}

// provesStop asks the server to end while it is being used.
func provesStop(w *world) ([]row, error) {
	o, token, err := w.installation("stop", "")
	if err != nil {
		return nil, err
	}
	c := gatherCrowd(clients, "stop", token, w.seed, "http://"+o.Addr)
	defer c.disband()
	stops, slowest, codes := w.count(3, 10, 20), time.Duration(0), []string{}
	for range stops {
		s, err := harness.Start(o)
		if err != nil {
			return nil, err
		}
		time.Sleep(w.between(300*time.Millisecond, 700*time.Millisecond))
		code, took := s.Stop(20 * time.Second)
		slowest = max(slowest, took)
		if code != 0 {
			codes = append(codes, strconv.Itoa(code))
		}
	}
	j, _, whole, err := w.settle(o, c, token)
	if err != nil {
		return nil, err
	}
	figure := fmt.Sprintf("%d stops, slowest %s, codes other than 0: %d, %s, journal %s", stops, slowest.Round(time.Millisecond), len(codes), j, whole.figure)
	return []row{{
		"SIGTERM under load: exit 0 within 20 s, nothing acknowledged lost", figure, "0 lost, 20 s",
		verdict(j.sound() && whole.ok && len(codes) == 0),
	}}, nil
}
