package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"tocsin/test/harness"
)

// settings are those of one run.
type settings struct {
	bin      string
	rounds   int
	each     time.Duration // of one round of intake
	messages int
	tickets  int64  // of the figures at many tickets
	keep     string // directory in which the many tickets stay for the next run
	work     string // directory of this run
}

// part is one measurement; it adds its figures, or says why it did not.
type part struct {
	name string
	run  func(s settings, r *results) error
}

func parts() []part {
	return []part{
		{"intake", measureIntake},
		{"postgres", measurePostgres},
		{"feed", measureFeed},
		{"poison", measurePoison},
		{"start", measureStart},
		{"web", measureWeb},
		{"escalate", measureBreaches},
		{"catchup", measureCatchUps},
		{"catchup-postgres", measureCatchUpPostgres},
		{"million", measureMillion},
	}
}

func main() {
	rounds := flag.Int("rounds", 3, "rounds of every measurement")
	each := flag.Duration("each", 6*time.Second, "length of one round of intake")
	messages := flag.Int("messages", 100, "messages sent through the queue")
	tickets := flag.Int64("tickets", 1_000_000, "tickets of the figures at many; 0 leaves them out")
	keep := flag.String("keep", "", "directory for the many tickets; a later run goes on from there")
	only := flag.String("only", "", "measure these parts only: intake,postgres,feed,poison,start,web,escalate,catchup,catchup-postgres,million")
	out := flag.String("out", "bench/results.json", "where the figures go")
	flag.Parse()
	if err := run(settings{rounds: *rounds, each: *each, messages: *messages, tickets: *tickets, keep: *keep}, *only, *out); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(s settings, only, out string) (err error) {
	if s.bin, err = harness.Bin(); err != nil {
		return err
	}
	if s.work, err = os.MkdirTemp("", "tocsin-bench"); err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(s.work) }()
	r := &results{
		At: time.Now().UTC().Format(time.RFC3339), Machine: machine(), Go: runtime.Version(),
		Figures: []figure{}, Skipped: []string{},
	}
	for _, p := range parts() {
		if only != "" && !slices.Contains(strings.Split(only, ","), p.name) {
			continue
		}
		fmt.Fprintln(os.Stderr, "== measuring", p.name)
		if err := p.run(s, r); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	r.print(os.Stdout)
	return r.save(out)
}

func (r *results) add(f ...figure) { r.Figures = append(r.Figures, f...) }

// skip says loudly that something is not measured here.
func (r *results) skip(format string, a ...any) {
	why := fmt.Sprintf(format, a...)
	fmt.Fprintln(os.Stderr, "== NOT MEASURED:", why)
	r.Skipped = append(r.Skipped, why)
}
