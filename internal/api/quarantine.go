package api

import (
	"cmp"
	"context"
	"slices"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
	"tocsin/internal/identity"
)

func (s *Server) registerQuarantine() {
	manage := may(identity.QuarantineManage)
	handle(s, get("list-quarantine", "/quarantine", manage, "What could not be read, newest first"), s.quarantine)
	handle(s, get("list-quarantine-groups", "/quarantine/groups", manage, "What could not be read by reason, field and source, the largest group first"), s.quarantineGroups)
	handle(s, post("retry-quarantine-group", "/quarantine/groups/retry", manage, "Read the new parts of a group once more, some at a time"), s.retryGroup)
	handle(s, post("dismiss-quarantine-group", "/quarantine/groups/dismiss", manage, "Dismiss the new parts of a group, some at a time; their bytes stay"), s.dismissGroup)
	handle(s, get("get-quarantine", "/quarantine/{id}", manage, "One part with its bytes"), s.quarantined)
	handle(s, post("retry-quarantine", "/quarantine/{id}/retry", manage, "Read it once more"), s.retry)
	handle(s, post("dismiss-quarantine", "/quarantine/{id}/dismiss", manage, "Say why it does not matter; its bytes stay"), s.dismiss)
}

type quarantineInput struct {
	Paging
	State string `query:"state" enum:"new,retried,dismissed" doc:"Empty lists all"`
	Group string `query:"group" maxLength:"40" doc:"The id of a group; state is then new where it is empty"`
}

func (s *Server) quarantine(ctx context.Context, in *quarantineInput) (*list[finding.QuarantinedPart], error) {
	at, id, err := finding.ParseCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	var items []finding.QuarantinedPart
	err = s.db.Read(ctx, func(tx *db.Tx) (err error) {
		if in.Group != "" {
			items, err = s.deps.Findings.QuarantineGroupPage(tx, cmp.Or(in.State, "new"), in.Group, at, id, in.Limit+1)
			return err
		}
		items, err = s.deps.Findings.QuarantinePage(tx, in.State, at, id, in.Limit+1)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := listOf(items[:min(len(items), in.Limit)])
	if len(items) > in.Limit {
		last := out.Body.Items[in.Limit-1]
		out.Body.NextCursor = finding.MakeCursor(last.ReceivedAt.UnixMicro(), last.ID)
	}
	return out, nil
}

// Quarantined is one part with its bytes.
type Quarantined struct {
	finding.QuarantinedPart
	Body []byte `json:"body" doc:"The bytes as they came"`
}

type quarantinedOutput struct{ Body Quarantined }

func (s *Server) quarantined(ctx context.Context, in *ByID) (*quarantinedOutput, error) {
	var out Quarantined
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		out.QuarantinedPart, out.Body, err = s.deps.Findings.QuarantinedBytes(tx, in.ID)
		return err
	})
	return &quarantinedOutput{out}, err
}

type retryOutput struct{ Body IntakeResults }

// retry sends the bytes through the same door again. What still cannot be read
// counts on the part that is there already, and goes on waiting for somebody.
func (s *Server) retry(ctx context.Context, in *ByID) (*retryOutput, error) {
	var body []byte
	var part finding.QuarantinedPart
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		part, body, err = s.deps.Findings.QuarantinedBytes(tx, in.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	results, err := s.deps.Again(ctx, part.Source, body)
	if fault.Is(err, fault.Invalid) {
		return nil, fault.New(fault.Conflict, "It still cannot be read: %s.", fault.As(err).Message).WithSlug("still-unreadable").Because(err)
	}
	if err != nil {
		return nil, err
	}
	if readable(results) {
		err = s.db.Write(ctx, func(tx *db.Tx) error {
			return s.deps.Findings.DecideQuarantine(tx, in.ID, "retried", "")
		})
	}
	return &retryOutput{resultsOf(results)}, err
}

func readable(results []finding.Result) bool {
	return !slices.ContainsFunc(results, func(r finding.Result) bool { return r.Outcome == finding.Quarantined })
}

type partOutput struct{ Body finding.QuarantinedPart }

func (s *Server) dismiss(ctx context.Context, in *reasonInput) (*partOutput, error) {
	out := &partOutput{}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		if err := s.deps.Findings.DecideQuarantine(tx, in.ID, "dismissed", in.Body.Reason); err != nil {
			return err
		}
		part, _, err := s.deps.Findings.QuarantinedBytes(tx, in.ID)
		out.Body = part
		return err
	})
	return out, err
}
