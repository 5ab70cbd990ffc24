package api

import (
	"context"
	"strconv"
	"strings"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
	"tocsin/internal/journal"
	"tocsin/internal/ticket"
)

type logInput struct {
	ByID
	Limit  int    `query:"limit" default:"200" minimum:"1" maximum:"1000"`
	Cursor string `query:"cursor" maxLength:"120"`
	Raw    int    `query:"raw" minimum:"0" maximum:"1"`
	Merged int    `query:"merged" minimum:"0" maximum:"1" doc:"1 adds the entries of the tickets merged into this one, in the order of time; each chain is then shown in parts, so check chains without it"`
}

func badCursor() error {
	return fault.Field("query.cursor", "is not a cursor of this server").WithSlug("bad-cursor")
}

func (s *Server) ticketLog(ctx context.Context, in *logInput) (*list[LogEntry], error) {
	var out *list[LogEntry]
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		streams, err := s.deps.Tickets.Streams(tx, in.ID, in.Merged == 1)
		if err != nil {
			return err
		}
		records, next, err := s.logPage(tx, streams, in)
		if err != nil {
			return err
		}
		entries, err := logEntries(tx, records, in.Raw == 1)
		for i := range records {
			entries[i].Ticket = ticket.Number(streams.Numbers[records[i].Stream])
		}
		out = listOf(entries)
		out.Body.NextCursor = next
		return err
	})
	return out, err
}

// logPage reads one page: of one stream by its sequence, of several by time.
func (s *Server) logPage(tx *db.Tx, of ticket.Streams, in *logInput) (records []journal.Record, next string, err error) {
	many := in.Merged == 1
	if many {
		records, err = s.manyLogs(tx, of, in)
	} else {
		records, err = s.oneLog(tx, of, in)
	}
	if err != nil || len(records) <= in.Limit {
		return records, "", err
	}
	records = records[:in.Limit]
	last := &records[in.Limit-1]
	if many {
		return records, strconv.FormatInt(last.At, 10) + "." + last.Stream, nil
	}
	return records, strconv.FormatInt(last.Seq, 10), nil
}

func (s *Server) oneLog(tx *db.Tx, of ticket.Streams, in *logInput) ([]journal.Record, error) {
	after := int64(0)
	if in.Cursor != "" {
		var err error
		if after, err = strconv.ParseInt(in.Cursor, 10, 64); err != nil || after < 0 {
			return nil, badCursor()
		}
	}
	return s.deps.Journal.Stream(tx, of.Names[0], after, in.Limit+1)
}

func (s *Server) manyLogs(tx *db.Tx, of ticket.Streams, in *logInput) ([]journal.Record, error) {
	var after journal.Point
	if in.Cursor != "" {
		at, stream, ok := strings.Cut(in.Cursor, ".")
		n, err := strconv.ParseInt(at, 10, 64)
		if !ok || err != nil || n < 0 {
			return nil, badCursor()
		}
		after = journal.Point{At: n, Stream: stream}
	}
	return s.deps.Journal.Streams(tx, of.Names, after, in.Limit+1)
}

func (s *Server) ticketFindings(ctx context.Context, in *ticketPaging) (*list[Finding], error) {
	after, err := findingPlace(in.Cursor)
	if err != nil {
		return nil, err
	}
	var out *list[Finding]
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		page, err := s.deps.Tickets.Findings(tx, in.ID, after, in.Limit+1)
		if err != nil {
			return err
		}
		out = listOf(make([]Finding, 0, min(len(page), in.Limit)))
		for _, f := range page[:min(len(page), in.Limit)] {
			d, err := s.deps.Findings.Get(tx, f.ID)
			if err != nil {
				return err
			}
			out.Body.Items = append(out.Body.Items, findingOf(d))
		}
		if len(page) > in.Limit {
			last := page[in.Limit-1]
			out.Body.NextCursor = finding.MakeCursor(last.ReceivedAt.UnixMicro(), last.TicketID+"/"+last.ID)
		}
		return nil
	})
	return out, err
}

// findingPlace reads where a page of findings goes on.
func findingPlace(text string) (p ticket.FindingPlace, err error) {
	if text == "" {
		return p, nil
	}
	at, both, err := finding.ParseCursor(text)
	of, id, ok := strings.Cut(both, "/")
	if err == nil && !ok {
		err = badCursor()
	}
	return ticket.FindingPlace{Ticket: of, Place: finding.Place{At: at, ID: id}}, err
}
