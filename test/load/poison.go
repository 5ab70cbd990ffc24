package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"tocsin/test/harness"
	"tocsin/test/load/sqsstub"
)

const (
	poisonBad  = 10_000
	poisonGood = 1_000
	poisonMost = 60 // seconds
)

// measurePoison is how long a queue takes in which ten bad messages stand
// before each good one: every good one is a finding in the end, every bad one a
// row of the quarantine under its reason, and the queue is empty.
func measurePoison(s settings, r *results) error {
	var took, rest []float64
	groups := 0
	for i := range s.rounds {
		one, err := poisonRound(s, i)
		if err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "   drained in %.1f s, the last good one after %.1f s\n", one.drained.Seconds(), one.lastGood.Seconds())
		took, rest, groups = append(took, one.drained.Seconds()), append(rest, one.lastGood.Seconds()), one.groups
	}
	r.add(
		of("poisoned queue drained", "s", sqliteFull, took...).atMost(poisonMost).saying("%d bad among %d good, stub of SQS; %d quarantine rows in %d groups", poisonBad, poisonGood, poisonBad, groups),
		of("poisoned queue, the last good one is a finding", "s", sqliteFull, rest...).saying("nothing good waits behind something bad"),
	)
	return nil
}

type poisoned struct {
	drained, lastGood time.Duration
	groups            int
}

func poisonRound(s settings, round int) (p poisoned, err error) {
	stub, err := sqsstub.Start()
	if err != nil {
		return p, err
	}
	defer stub.Close()
	o := harness.Options{Bin: s.bin, Data: filepath.Join(s.work, fmt.Sprintf("poison%d", round)), Env: []string{"TOCSIN_EGRESS_ALLOW=127.0.0.0/8"}}
	server, token, err := harness.Installation(o)
	if err != nil {
		return p, err
	}
	defer server.Stop(20 * time.Second)
	q, err := newQueue(stub.URL, "poison")
	if err != nil {
		return p, err
	}
	if err := q.poison(); err != nil {
		return p, err
	}
	c, err := harness.NewCaller(server.URL, token)
	if err != nil {
		return p, err
	}
	defer c.Close()
	began := time.Now()
	if err := q.connect(c); err != nil {
		return p, err
	}
	for stub.Left(q.url) > 0 {
		if time.Since(began) > 5*poisonMost*time.Second {
			return p, fmt.Errorf("%d messages are left after %s", stub.Left(q.url), time.Since(began))
		}
		time.Sleep(20 * time.Millisecond)
	}
	p.drained = time.Since(began)
	at, err := lastReceived(c)
	if err != nil {
		return p, err
	}
	p.lastGood = at.Sub(began)
	p.groups, err = poisonKept(c)
	return p, err
}

// poison fills the queue: ten bad messages, a good one, and so on.
func (q *queue) poison() error {
	var bodies []string
	for i := range poisonGood {
		for j := range poisonBad / poisonGood {
			bodies = append(bodies, bad(i, j))
		}
		bodies = append(bodies, string(event(i)))
	}
	for some := range slices.Chunk(bodies, 10) {
		var entries []types.SendMessageBatchRequestEntry
		for i, b := range some {
			entries = append(entries, types.SendMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), MessageBody: aws.String(b)})
		}
		out, err := q.client.SendMessageBatch(context.Background(), &sqs.SendMessageBatchInput{QueueUrl: &q.url, Entries: entries})
		if err != nil || len(out.Failed) > 0 {
			return fmt.Errorf("filling the queue: %w (%d refused)", err, len(out.Failed))
		}
	}
	return nil
}

// bad is what producers send for an hour: each message is one of its own.
func bad(i, j int) string {
	switch n := i*10 + j; j % 5 {
	case 0:
		return fmt.Sprintf("order %d was shipped", n)
	case 1:
		return fmt.Sprintf(`{"version":"0","id":"%d","detail-type":"ECS Task State Change","source":"aws.ecs","detail":{"taskArn":"arn:%d"}}`, n, n)
	case 2:
		whole := string(event(n))
		return whole[:len(whole)-40]
	case 3:
		return fmt.Sprintf(`{"detail-type":"Security Hub Findings - Imported","source":"aws.securityhub","detail":{"findings":[{"SchemaVersion":"2018-10-08","Id":%d,"ProductArn":"arn:aws:securityhub:eu-west-1::product/aws/securityhub"}]}}`, n)
	default:
		return fmt.Sprintf(`{"event":"login","user":"u%d","ok":true}`, n)
	}
}

// lastReceived is when the newest finding came in; all of them are counted.
func lastReceived(c *harness.Caller) (at time.Time, err error) {
	n, cursor := 0, ""
	for {
		var page struct {
			Items []struct {
				ReceivedAt time.Time `json:"received_at"`
			}
			NextCursor string `json:"next_cursor"`
		}
		if err := c.Call(http.MethodGet, "/findings?limit=200&cursor="+cursor, nil, &page); err != nil {
			return at, err
		}
		for _, f := range page.Items {
			if n++; f.ReceivedAt.After(at) {
				at = f.ReceivedAt
			}
		}
		if cursor = page.NextCursor; cursor == "" {
			break
		}
	}
	if n != poisonGood {
		return at, fmt.Errorf("%d findings of %d good messages", n, poisonGood)
	}
	return at, nil
}

// poisonKept counts the quarantine by its groups.
func poisonKept(c *harness.Caller) (groups int, err error) {
	var page struct {
		Items []struct {
			Reason string
			Count  int
		}
	}
	if err := c.Call(http.MethodGet, "/quarantine/groups?limit=200", nil, &page); err != nil {
		return 0, err
	}
	rows := 0
	for _, g := range page.Items {
		rows += g.Count
	}
	if rows != poisonBad || len(page.Items) > 20 {
		return 0, fmt.Errorf("%d quarantine rows in %d groups of %d bad messages", rows, len(page.Items), poisonBad)
	}
	return len(page.Items), nil
}
