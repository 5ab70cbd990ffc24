package app

import (
	"cmp"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"tocsin/internal/db"
)

// register adds what the rooms count to the metrics.
func (r *Rooms) register(to *prometheus.Registry) error {
	for _, c := range []prometheus.Collector{
		r.counters(), r.escalations(), r.owners(), &letters{r.Notify}, r.intake.outcomes, r.intake.quarantined, r.intake.decode, &histograms{r.DB.Gauges()}, &sampled{r},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	} {
		if err := to.Register(c); err != nil {
			return err
		}
	}
	return nil
}

// metric is one number that is read when somebody asks.
type metric struct {
	name, help string
	kind       prometheus.ValueType
	get        func() float64
}

// live are read at each scrape.
type live []metric

// Describe implements prometheus.Collector.
func (l live) Describe(to chan<- *prometheus.Desc) {
	for _, m := range l {
		to <- prometheus.NewDesc(m.name, m.help, nil, nil)
	}
}

// Collect implements prometheus.Collector.
func (l live) Collect(to chan<- prometheus.Metric) {
	for _, m := range l {
		to <- prometheus.MustNewConstMetric(prometheus.NewDesc(m.name, m.help, nil, nil), m.kind, m.get())
	}
}

func (r *Rooms) counters() live {
	g, hooks := r.DB.Gauges(), r.Connections.Hooks
	count := func(name, help string, get func() int64) metric {
		return metric{name, help, prometheus.CounterValue, func() float64 { return float64(get()) }}
	}
	l := live{
		count("tocsin_db_groups_total", "Commits.", g.Groups.Load),
		count("tocsin_db_closures_total", "Transactions that were committed; many share one commit.", g.Closures.Load),
		count("tocsin_db_apart_total", "Groups that ran again with a savepoint for each transaction.", g.Apart.Load),
		count("tocsin_db_alone_total", "Transactions that ran again alone because a neighbour failed.", g.Alone.Load),
		count("tocsin_db_panics_total", "Panics inside transactions.", g.Panics.Load),
		count("tocsin_db_checkpoints_total", "Attempts to cut the write-ahead log.", g.Checkpoints.Load),
		count("tocsin_db_retries_total", "Transactions run again because another node was faster.", g.Retries.Load),
		count("tocsin_intake_refused_disk_total", "Bodies and batches of findings refused because the disk is almost full.", r.intake.refused.Load),
		count("tocsin_webhook_accepted_total", "Deliveries of webhooks that were taken in.", hooks.Accepted.Load),
		count("tocsin_webhook_duplicate_total", "Deliveries of webhooks that had come before.", hooks.Duplicate.Load),
		count("tocsin_webhook_refused_total", "Calls of webhooks whose sender was not proven.", hooks.Refused.Load),
		count("tocsin_webhook_limited_total", "Calls of webhooks that came too fast.", hooks.Limited.Load),
		{"tocsin_db_waiting", "Transactions that wait for the writer (SQLite), or connections in use (PostgreSQL).", prometheus.GaugeValue, func() float64 { return float64(r.DB.Waiting()) }},
		{"tocsin_feed_position", "Journal position that the live feed has reached.", prometheus.GaugeValue, func() float64 { return float64(r.Feed.Last()) }},
	}
	kinds := []string{}
	for kind := range r.removed {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	for _, kind := range kinds {
		l = append(l, count("tocsin_retention_removed_"+kind+"_total", "Removed because their time was over, or the disk low: "+kind+".", r.removed[kind].Load))
	}
	return l
}

// histograms are those that the database keeps.
type histograms struct{ g *db.Gauges }

type histogram struct {
	name, help string
	of         *db.Histogram
	unit       float64
}

func (h *histograms) all() []histogram {
	return []histogram{
		{"tocsin_db_commit_seconds", "Time of a commit, which waits until the disk has it.", &h.g.Commit, 1e-6},
		{"tocsin_db_wait_seconds", "Time that a transaction waited for its turn.", &h.g.Wait, 1e-6},
		{"tocsin_db_group_size", "Transactions that shared a commit.", &h.g.GroupSize, 1},
	}
}

// Describe implements prometheus.Collector.
func (h *histograms) Describe(to chan<- *prometheus.Desc) {
	for _, m := range h.all() {
		to <- prometheus.NewDesc(m.name, m.help, nil, nil)
	}
}

// Collect implements prometheus.Collector. Every second bucket is enough.
func (h *histograms) Collect(to chan<- prometheus.Metric) {
	for _, m := range h.all() {
		atMost, count, sum := m.of.Read()
		buckets := map[float64]uint64{}
		for bound, n := range atMost {
			buckets[float64(bound)*m.unit] = n
		}
		to <- prometheus.MustNewConstHistogram(prometheus.NewDesc(m.name, m.help, nil, nil), count, float64(sum)*m.unit, buckets)
	}
}

// sampled are the numbers of the last vitals.
type sampled struct{ r *Rooms }

// gauge describes one number of a vitals, or one for each label.
type gauge struct {
	name, help string
	labels     []string
	each       func(s vitals, give func(v float64, labels ...string))
}

// Describe implements prometheus.Collector.
func (m *sampled) Describe(to chan<- *prometheus.Desc) {
	for _, g := range gauges() {
		to <- prometheus.NewDesc(g.name, g.help, g.labels, nil)
	}
	to <- sampleAge()
}

// Collect implements prometheus.Collector.
func (m *sampled) Collect(to chan<- prometheus.Metric) {
	s := m.r.watch.get()
	if s.at == 0 {
		return // nothing is known in the first moments
	}
	age := m.r.DB.Now() - s.at
	for _, g := range gauges() {
		desc := prometheus.NewDesc(g.name, g.help, g.labels, nil)
		kind := prometheus.GaugeValue
		if isCounter(g.name) {
			kind = prometheus.CounterValue
		}
		g.each(s, func(v float64, labels ...string) { to <- prometheus.MustNewConstMetric(desc, kind, v, labels...) })
	}
	to <- prometheus.MustNewConstMetric(sampleAge(), prometheus.GaugeValue, float64(age)/1e6)
}

func isCounter(name string) bool { return len(name) > 6 && name[len(name)-6:] == "_total" }

func sampleAge() *prometheus.Desc {
	return prometheus.NewDesc("tocsin_sample_age_seconds", "Age of the numbers that are taken every 15 seconds.", nil, nil)
}

func one(get func(s vitals) float64) func(vitals, func(float64, ...string)) {
	return func(s vitals, give func(float64, ...string)) { give(get(s)) }
}

// disk gives a number only where the disk is known.
func ofDisk(get func(s vitals) float64) func(vitals, func(float64, ...string)) {
	return func(s vitals, give func(float64, ...string)) {
		if s.space.known {
			give(get(s))
		}
	}
}

func ofFeeds(get func(f feedCount) float64) func(vitals, func(float64, ...string)) {
	return func(s vitals, give func(float64, ...string)) {
		for _, f := range s.feeds {
			give(get(f), f.Name, f.Kind)
		}
	}
}

func ofReaders(get func(l readerLag) float64) func(vitals, func(float64, ...string)) {
	return func(s vitals, give func(float64, ...string)) {
		for _, l := range slices.SortedFunc(slices.Values(s.lags), func(a, b readerLag) int { return cmp.Compare(a.Reader, b.Reader) }) {
			give(get(l), l.Reader)
		}
	}
}
