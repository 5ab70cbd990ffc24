package cli

import (
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"tocsin/internal/fault"
)

func (p *program) evidence() *cobra.Command {
	return p.remote(group("evidence", "Files of a ticket: added, listed, fetched, hashed again", p.evidenceList(), p.evidenceAdd(), p.evidenceGet(), p.evidenceVerify(), p.evidenceMark()))
}

func evidenceColumns() []column {
	return []column{
		col("ID", "id"), col("NAME", "name").upTo(40), col("SIZE", "size"), col("SHA-256", "sha256"), col("RISK", "risk"), col("KEPT", "condition"),
		col("ADDED", "added_at").as(moment), col("BY", "added_by_name").upTo(20),
	}
}

func evidencePath(ticket string, more ...string) string {
	return pathOf(append([]string{"tickets", ticket, "evidence"}, more...)...)
}

func (p *program) evidenceList() *cobra.Command {
	return p.prints(p.asks("list TICKET", "The files of a ticket, oldest first", cobra.ExactArgs(1), func(r *running, args []string) error {
		return r.list(whole(), evidencePath(args[0]), nil, evidenceColumns())
	}))
}

// fileWait is how long sending or fetching files may take.
const fileWait = time.Hour

func (p *program) evidenceAdd() *cobra.Command {
	fields := map[string]*string{}
	c := p.asks("add TICKET FILE…", "Add files to a ticket; answered when they are durable", cobra.MinimumNArgs(2), func(r *running, args []string) error {
		for _, name := range args[1:] {
			if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() {
				return fault.New(fault.Invalid, "%s is not a file that can be read.", name)
			}
		}
		body, form := sendFiles(fields, args[1:])
		ctx, cancel := context.WithTimeout(r.cmd.Context(), fileWait)
		defer cancel()
		reply, err := r.once(ctx, call{method: http.MethodPost, path: evidencePath(args[0]), stream: body, kind: form, wait: fileWait})
		if err != nil {
			return err
		}
		answer, err := reply.tree()
		if err != nil {
			return err
		}
		return r.many(listAt(answer, "items"), evidenceColumns())
	})
	for name, help := range map[string]string{
		"source": "where they came from", "note": "what they are", "parent": "id of the file that they were taken out of", "collected-at": "when they were taken at their origin, such as 2026-11-23T10:00:00Z",
	} {
		fields[name] = c.Flags().String(name, "", help)
	}
	return p.prints(c)
}

// sendFiles writes a form with files as it is read, so that none stands in
// memory.
func sendFiles(fields map[string]*string, names []string) (io.Reader, string) {
	read, write := io.Pipe()
	form := multipart.NewWriter(write)
	go func() {
		err := writeForm(form, fields, names)
		if err == nil {
			err = form.Close()
		}
		_ = write.CloseWithError(err)
	}()
	return read, form.FormDataContentType()
}

func writeForm(form *multipart.Writer, fields map[string]*string, names []string) error {
	for flag, member := range map[string]string{"source": "source", "note": "note", "parent": "parent", "collected-at": "collected_at"} {
		if value := fields[flag]; value != nil && *value != "" {
			if err := form.WriteField(member, *value); err != nil {
				return err
			}
		}
	}
	for _, name := range names {
		if err := writeFile(form, name); err != nil {
			return err
		}
	}
	return nil
}

func writeFile(form *multipart.Writer, name string) error {
	f, err := os.Open(name) //nolint:gosec // the caller names it
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	h := textproto.MIMEHeader{}
	h.Set("Content-Disposition", multipart.FileContentDisposition("file", filepath.Base(name)))
	h.Set("Content-Type", "application/octet-stream")
	part, err := form.CreatePart(h)
	if err != nil {
		return err
	}
	_, err = io.Copy(part, f)
	return err
}

func (p *program) evidenceGet() *cobra.Command {
	var out string
	var archive bool
	c := p.asks("get TICKET ID", "Fetch a file; what may be malware comes inside an archive with the password infected", cobra.ExactArgs(2), func(r *running, args []string) error {
		query := url.Values{}
		if archive {
			query.Set("archive", "1")
		}
		ctx, cancel := context.WithTimeout(r.cmd.Context(), fileWait)
		defer cancel()
		resp, err := r.open(ctx, call{method: http.MethodGet, path: evidencePath(args[0], args[1], "content"), query: query})
		if err != nil {
			return err
		}
		defer func() { _ = resp.Body.Close() }()
		if resp.StatusCode != http.StatusOK {
			text, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
			return r.problem(resp, text)
		}
		return saveNew(out, resp)
	})
	c.Flags().StringVar(&out, "out", "", "the file to write; nothing is overwritten")
	c.Flags().BoolVar(&archive, "archive", false, "inside an archive, whatever it is")
	need(c, "out")
	return c
}

// saveNew writes an answer to a file that is not there yet, whole or not at all.
func saveNew(name string, resp *http.Response) (err error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // the caller names it
	if err != nil {
		return fault.New(fault.Conflict, "%s cannot be written, or is there already.", name).Because(err)
	}
	defer func() {
		if closed := f.Close(); err == nil {
			err = closed
		}
		if err != nil {
			_ = os.Remove(name)
		}
	}()
	n, err := io.Copy(f, resp.Body)
	if err == nil && resp.ContentLength >= 0 && n != resp.ContentLength {
		err = fmt.Errorf("%d of %d bytes came", n, resp.ContentLength)
	}
	if err != nil {
		return fault.New(fault.Unavailable, "The file did not come whole, and nothing was written.").Because(err)
	}
	return f.Sync()
}

func (p *program) evidenceVerify() *cobra.Command {
	return p.prints(p.asks("verify TICKET [ID]", "Hash the kept bytes again; exit code 6 when any are not what was added", cobra.RangeArgs(1, 2), func(r *running, args []string) error {
		ids := args[1:]
		if len(ids) == 0 {
			answer, err := r.get(r.cmd.Context(), evidencePath(args[0]), nil)
			if err != nil {
				return err
			}
			for _, item := range listAt(answer, "items") {
				ids = append(ids, textAt(item, "id"))
			}
		}
		rows, bad := []any{}, 0
		for _, id := range ids {
			reply, err := r.do(r.cmd.Context(), call{method: http.MethodPost, path: evidencePath(args[0], id, "verify"), wait: fileWait})
			if err != nil {
				return err
			}
			item, err := reply.tree()
			if err != nil {
				return err
			}
			if textAt(item, "condition") != "ok" {
				bad++
			}
			rows = append(rows, item)
		}
		if err := r.many(rows, evidenceColumns()); err != nil || bad == 0 {
			return err
		}
		return &partialError{message: fmt.Sprintf("%d of %d files are not what was added.", bad, len(ids))}
	}))
}

func (p *program) evidenceMark() *cobra.Command {
	var reason string
	c := p.asks("mark TICKET ID RISK", "Say whether a file is malware: suspected, malware or cleared", cobra.ExactArgs(3), func(r *running, args []string) error {
		now, err := r.get(r.cmd.Context(), evidencePath(args[0], args[1]), nil)
		if err != nil {
			return err
		}
		item, err := r.send(r.cmd.Context(), call{method: http.MethodPost, path: evidencePath(args[0], args[1], "mark"), rev: textAt(now, "rev")}, map[string]any{"risk": args[2], "reason": reason})
		if err != nil {
			return err
		}
		return r.one(item, evidenceColumns())
	})
	c.Flags().StringVar(&reason, "reason", "", "needed to clear what was suspected")
	return p.prints(c)
}
