package connector_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"tocsin/internal/connector"
	"tocsin/internal/fault"
)

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	cause := errors.New("disk full")
	tests := []struct {
		name  string
		err   error
		after time.Duration
		again bool
	}{
		{"nothing went wrong", nil, 0, false},
		{"an ordinary error is not worth another attempt", cause, 0, false},
		{"a marked error says when", connector.Retry(cause, time.Minute), time.Minute, true},
		{"a mark survives wrapping", fmt.Errorf("taking: %w", connector.Retry(cause, time.Second)), time.Second, true},
		{"a negative wait is none", connector.Retry(cause, -time.Second), 0, true},
		{"a busy fault is worth another attempt", fault.New(fault.Busy, "x").WithRetryAfter(5 * time.Second), 5 * time.Second, true},
		{"an unavailable fault too", fault.New(fault.Unavailable, "x"), 0, true},
		{"an invalid fault is not", fault.New(fault.Invalid, "x").WithRetryAfter(time.Second), 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			after, again := connector.RetryAfter(tt.err)
			if after != tt.after || again != tt.again {
				t.Errorf("got %s, %v", after, again)
			}
		})
	}
	if connector.Retry(nil, time.Second) != nil {
		t.Error("Retry(nil) must stay nil")
	}
	if err := connector.Retry(cause, 0); !errors.Is(err, cause) || err.Error() != "disk full" {
		t.Errorf("the cause is lost: %v", err)
	}
}

func TestTheZeroVerdictDeletesNothing(t *testing.T) {
	t.Parallel()
	if v := make([]connector.Verdict, 1)[0]; v != connector.VerdictRetry {
		t.Errorf("the zero verdict is %d", v)
	}
}
