package db

import "time"

// Again marks an error after which the whole closure should run again, because
// another node was faster; on SQLite, where nobody can be, it stays as it is.
func Again(err error) error {
	if err == nil {
		return nil
	}
	return &errRetry{err}
}

// Time turns microseconds UTC into a time.
func Time(micros int64) time.Time { return time.UnixMicro(micros).UTC() }

// TimeOrNil turns a NULL into nil.
func TimeOrNil(micros *int64) *time.Time {
	if micros == nil {
		return nil
	}
	t := Time(*micros)
	return &t
}
