package app

import (
	"tocsin/internal/connection"
	"tocsin/internal/connector"
	"tocsin/internal/job"
)

type (
	feedCount = connection.Count
	readerLag = job.Lag
)

// gauges is the one table of numbers that are sampled.
func gauges() []gauge {
	perFeed, perReader := []string{"connection", "kind"}, []string{"reader"}
	return []gauge{
		{"tocsin_db_bytes", "Size of the database.", nil, one(func(s vitals) float64 { return float64(s.sizes.Database) })},
		{"tocsin_db_reusable_bytes", "Room inside the database that is used before it grows (SQLite).", nil, one(func(s vitals) float64 { return float64(s.sizes.Free) })},
		{"tocsin_db_wal_bytes", "Size of the write-ahead log (SQLite).", nil, one(func(s vitals) float64 { return float64(s.sizes.WAL) })},
		{"tocsin_disk_free_bytes", "Free room on the file system of the data directory.", nil, ofDisk(func(s vitals) float64 { return float64(s.space.free) })},
		{"tocsin_disk_total_bytes", "Size of the file system of the data directory.", nil, ofDisk(func(s vitals) float64 { return float64(s.space.total) })},
		{"tocsin_disk_wanted_bytes", "Free room below which retention removes things early.", nil, ofDisk(func(s vitals) float64 { return float64(wanted(s.retention.RetentionSettings, s.space.total)) })},
		{"tocsin_disk_floor_bytes", "Free room below which new findings are refused.", nil, ofDisk(func(s vitals) float64 { return float64(s.space.floor()) })},
		{"tocsin_disk_fsync_seconds", "Time that the disk took to make four kilobytes durable, at the last probe.", nil, ofDisk(func(s vitals) float64 { return float64(s.fsync) / 1e6 })},
		{"tocsin_backup_age_seconds", "Time since the last backup was begun; absent while there is none.", nil, func(s vitals, give func(float64, ...string)) {
			if s.backup.madeAt > 0 {
				give(float64(s.at-s.backup.madeAt) / 1e6)
			}
		}},
		{"tocsin_backup_overdue", "1 when there should have been a backup since.", nil, one(func(s vitals) float64 { return flag(s.overdue()) })},
		{"tocsin_journal_position", "Position of the newest journal entry.", nil, one(func(s vitals) float64 { return float64(s.positioned) })},
		{"tocsin_jobs", "Pieces of work by kind and state (queued, running, failed); counted up to 10,000 of a state.", []string{"kind", "state"}, func(s vitals, give func(float64, ...string)) {
			for _, j := range s.jobs {
				give(float64(j.N), j.Kind, j.State)
			}
		}},
		{"tocsin_reader_lag_entries", "Journal entries that a reader has not seen.", perReader, ofReaders(func(l readerLag) float64 { return float64(l.Entries) })},
		{"tocsin_reader_lag_seconds", "Age of the oldest journal entry that a reader has not seen.", perReader, ofReaders(func(l readerLag) float64 { return l.Seconds })},
		{"tocsin_reader_stuck", "Journal entries that a reader could not take and set aside.", perReader, ofReaders(func(l readerLag) float64 { return float64(l.Stuck) })},
		{"tocsin_connection_received_total", "Messages received by a connection.", perFeed, ofFeeds(func(f feedCount) float64 { return float64(f.Received) })},
		{"tocsin_connection_deleted_total", "Messages that a connection deleted from its queue after they were durable.", perFeed, ofFeeds(func(f feedCount) float64 { return float64(f.Deleted) })},
		{"tocsin_connection_quarantined_total", "Parts of messages of a connection that could not be read.", perFeed, ofFeeds(func(f feedCount) float64 { return float64(f.Quarantined) })},
		{"tocsin_connection_refused_total", "Calls of a webhook that were refused: signature wrong, expired or repeated.", perFeed, ofFeeds(func(f feedCount) float64 { return float64(f.Refused) })},
		{"tocsin_connection_failing", "1 while an enabled connection does not work.", perFeed, ofFeeds(func(f feedCount) float64 { return flag(f.Enabled && f.State == string(connector.HealthFailing)) })},
		{"tocsin_connection_last_ok_timestamp_seconds", "When a connection last worked; 0 is never.", perFeed, ofFeeds(func(f feedCount) float64 { return float64(f.LastOK) / 1e6 })},
		{"tocsin_quarantine_waiting", "Parts in quarantine that wait for a decision; counted up to 10,000.", nil, one(func(s vitals) float64 { return float64(s.quarantined) })},
		{"tocsin_quarantine_oldest_seconds", "Age of the oldest part that waits for a decision; 0 when none does.", nil, one(func(s vitals) float64 {
			if s.oldest == 0 {
				return 0
			}
			return float64(s.at-s.oldest) / 1e6
		})},
		{"tocsin_notices_waiting", "Notices and messages that should be on their way; counted up to 10,000 of each.", nil, one(func(s vitals) float64 { return float64(s.telling.Waiting) })},
		{"tocsin_notices_oldest_seconds", "Age of the oldest of them; 0 when there is none.", nil, one(func(s vitals) float64 {
			if s.telling.Oldest == 0 {
				return 0
			}
			return float64(s.at-s.telling.Oldest) / 1e6
		})},
		{"tocsin_notices_held", "Messages that people wanted held back: quiet hours and snoozes.", nil, one(func(s vitals) float64 { return float64(s.telling.Held) })},
		{"tocsin_notices_unreachable", "People and channels with a message that no way has delivered yet.", nil, one(func(s vitals) float64 { return float64(s.telling.Unreachable) })},
		{"tocsin_storms_active", "Storms whose flood goes on.", nil, one(func(s vitals) float64 { return float64(s.storms.Active) })},
		{"tocsin_storms_undecided", "Storms about which nobody has decided.", nil, one(func(s vitals) float64 { return float64(s.storms.Undecided) })},
		{"tocsin_findings_held", "Findings that storms hold back from opening tickets.", nil, one(func(s vitals) float64 { return float64(s.storms.Held) })},
	}
}

func flag(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
