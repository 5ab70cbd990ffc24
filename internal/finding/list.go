package finding

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/query"
)

// Fields is what a filter or a rule may ask of findings.
func Fields() *query.Table {
	return query.MustTable(
		query.Field{Name: "title", Kind: query.Text, Column: "title", Search: true, Help: "The title"},
		query.Field{Name: "class", Kind: query.Enum, Column: "class", Values: []string{"detection", "compliance", "vulnerability", "data_security", "other"}, Help: "What kind of thing it says"},
		query.Field{Name: "severity", Kind: query.Ordered, Column: "severity", Values: Severities(), Help: "As the detector sees it"},
		query.Field{Name: "status", Kind: query.Enum, Column: "status", Values: []string{StatusNew, StatusInProgress, StatusResolved, StatusSuppressed, StatusArchived}, Help: "As the detector sees it"},
		query.Field{Name: "active", Kind: query.Bool, Column: "active", Help: "Live, and neither resolved nor suppressed"},
		query.Field{Name: "result", Kind: query.Enum, Column: "result", Values: []string{ResultPassed, ResultFailed, ResultWarning, ResultNotAvailable, ResultManual}, Help: "Of a check"},
		query.Field{Name: "product", Aliases: []string{"source"}, Kind: query.Text, Column: "product", Search: true, Help: "The detector"},
		query.Field{Name: "generator", Aliases: []string{"rule"}, Kind: query.Text, Column: "generator", Help: "The rule or detector that produced it"},
		query.Field{Name: "control", Kind: query.Text, Column: "control", Search: true, Help: "The control that failed"},
		query.Field{Name: "account", Kind: query.ID, Column: "account", Search: true, Help: "AWS account"},
		query.Field{Name: "region", Kind: query.ID, Column: "region", Help: "AWS region"},
		query.Field{Name: "resource", Kind: query.Text, Column: "resource", Search: true, Help: "The main resource"},
		query.Field{Name: "principal", Kind: query.Text, Column: "principal", Search: true, Help: "Who acted"},
		query.Field{Name: "origin", Kind: query.Enum, Column: "origin", Values: []string{OriginImported, OriginCustomAction}, Help: "How it came"},
		query.Field{Name: "uid", Kind: query.ID, Column: "uid", Help: "The detector's id"},
	)
}

// RuleFields is what a rule may ask of a finding on its way in: beside Fields
// what only the finding itself says, and what the installation and the moment
// add (ou, hour, weekday), which the caller's record must answer.
func RuleFields() *query.Table {
	return query.MustTable(append(Fields().Fields(),
		query.Field{Name: "kind", Kind: query.Text, Help: "What kind of thing it is: control, type or generator"},
		query.Field{Name: "type", Kind: query.Text, Help: "A type as the detector writes it"},
		query.Field{Name: "format", Kind: query.ID, Values: []string{FormatASFF, FormatGuardDuty, FormatOCSF}, Help: "The format it came in"},
		query.Field{Name: "original", Kind: query.Text, Help: "The severity in the detector's own words"},
		query.Field{Name: "account_name", Kind: query.Text, Help: "Name of the AWS account"},
		query.Field{Name: "ou", Kind: query.ID, Help: "Organisational unit: prod where the list ou/prod holds the account"},
		query.Field{Name: "tag", Kind: query.Text, Help: "A tag of a resource: key=value"},
		query.Field{Name: "resource_type", Kind: query.Text, Help: "Type of a resource"},
		query.Field{Name: "remote", Aliases: []string{"ip"}, Kind: query.ID, Help: "Address or domain on the other end; @list may hold ranges"},
		query.Field{Name: "remote_country", Kind: query.Text, Help: "Country of the other end"},
		query.Field{Name: "indicator", Aliases: []string{"ioc"}, Kind: query.ID, Help: "An indicator in the finding"},
		query.Field{Name: "technique", Kind: query.ID, Canon: strings.ToUpper, Help: "An ATT&CK technique, such as T1078"},
		query.Field{Name: "sample", Kind: query.Bool, Help: "The detector says that it is made up"},
		query.Field{Name: "hour", Kind: query.Number, Help: "Hour of the day here, 0 to 23"},
		query.Field{Name: "weekday", Kind: query.Enum, Values: []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}, Help: "Day of the week here"},
	)...)
}

// listFields adds what only a stored finding has.
func listFields() *query.Table {
	fields := append(Fields().Fields(),
		query.Field{Name: "outcome", Kind: query.Enum, Column: "outcome", Values: []string{"opened", "joined", "updated", "recorded", "suppressed", "held"}, Help: "What became of it"},
		query.Field{Name: "decided", Kind: query.ID, Column: "decided", Help: "Id of the rule that decided"},
		query.Field{Name: "ticket", Kind: query.ID, Column: "ticket_number", Canon: strings.ToUpper, Help: "Number of its ticket, or none"},
		query.Field{Name: "received", Kind: query.Time, Column: "received_at", Help: "When it first came"},
		query.Field{Name: "seen", Kind: query.Number, Column: "seen_count", Help: "How often it came"},
	)
	return query.MustTable(fields...)
}

// ListFields is what a list of findings may be filtered by, for completion.
func ListFields() *query.Table { return listFields() }

// Record gives the values that Fields names.
func (f *Finding) Record() query.Record {
	return func(field string) query.Values {
		switch field {
		case "title":
			return query.Strings(f.Title)
		case "class":
			return query.Strings(string(f.Class))
		case "severity":
			return query.Strings(string(f.Severity))
		case "status":
			return query.Strings(f.Status)
		case "active":
			return query.Flag(f.Active)
		case "result":
			return query.Strings(f.Result)
		case "product":
			return query.Strings(f.Product)
		case "generator":
			return query.Strings(f.Generator)
		case "control":
			return query.Strings(f.Control)
		}
		return f.placeRecord(field)
	}
}

func (f *Finding) placeRecord(field string) query.Values {
	switch field {
	case "account":
		return query.Strings(f.Account)
	case "region":
		return query.Strings(f.Region)
	case "resource":
		return query.Strings(f.MainResource())
	case "principal":
		return query.Strings(f.Principal)
	case "origin":
		return query.Strings(f.Origin)
	case "uid":
		return query.Strings(f.UID)
	}
	return f.ruleRecord(field)
}

func (f *Finding) ruleRecord(field string) query.Values {
	switch field {
	case "kind":
		return query.Strings(f.Kind())
	case "type":
		return query.Strings(f.Types...)
	case "format":
		return query.Strings(f.Format)
	case "original":
		return query.Strings(f.SeverityOriginal)
	case "account_name":
		return query.Strings(f.AccountName)
	case "technique":
		return query.Strings(f.Techniques...)
	case "sample":
		return query.Flag(f.Sample)
	}
	return query.Strings(f.severally(field)...)
}

// severally lists the values of a field that each of several things has.
func (f *Finding) severally(field string) []string {
	var out []string
	switch field {
	case "tag":
		for _, r := range f.Resources {
			for k, v := range r.Tags {
				out = append(out, k+"="+v)
			}
		}
	case "resource_type":
		for _, r := range f.Resources {
			out = append(out, r.Type)
		}
	case "remote":
		for _, r := range f.Remotes {
			out = append(out, r.IP, r.Domain)
		}
	case "remote_country":
		for _, r := range f.Remotes {
			out = append(out, r.Country)
		}
	case "indicator":
		for _, i := range f.Indicators {
			out = append(out, i.Value)
		}
	}
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}

// MainResource is the resource that people look at first.
func (f *Finding) MainResource() string {
	if len(f.Resources) == 0 {
		return ""
	}
	return f.Resources[0].UID
}

// Page is one page of findings, newest first.
type Page struct {
	Items      []Summary
	NextCursor string
}

// List returns findings that fit a filter, newest first.
func (f *Findings) List(tx *db.Tx, text, cursor string, limit int, env query.Env) (Page, error) {
	q, err := query.Parse(text, listFields())
	if err != nil {
		return Page{}, err
	}
	w, err := query.Compile(q, env, 4)
	if err != nil {
		return Page{}, err
	}
	at, id, err := ParseCursor(cursor)
	if err != nil {
		return Page{}, err
	}
	args := append([]any{tx.Tenant(), at, id}, w.Args...)
	args = append(args, limit+1)
	rows, err := db.All(tx, scanSummary, `SELECT `+summaryColumns+` FROM finding WHERE tenant = $1 AND (received_at, id) < ($2, $3) AND `+w.SQL+
		` ORDER BY received_at DESC, id DESC LIMIT $`+strconv.Itoa(len(args)), args...)
	if err != nil {
		return Page{}, fault.Wrap(err, "listing findings")
	}
	p := Page{Items: rows}
	if len(rows) > limit {
		p.Items = rows[:limit]
		last := p.Items[limit-1]
		p.NextCursor = MakeCursor(last.ReceivedAt.UnixMicro(), last.ID)
	}
	return p, nil
}

// MakeCursor writes the place after which a page newest first goes on.
func MakeCursor(at int64, id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(at, 10) + " " + id))
}

// ParseCursor reads MakeCursor; "" is the beginning.
func ParseCursor(s string) (at int64, id string, err error) {
	if s == "" {
		return 1 << 62, "", nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(s)
	first, rest, ok := strings.Cut(string(raw), " ")
	if err == nil && ok {
		at, err = strconv.ParseInt(first, 10, 64)
	}
	if err != nil || !ok {
		return 0, "", fault.Field("query.cursor", "is not a cursor of this server").WithSlug("bad-cursor")
	}
	return at, rest, nil
}

// Since calls visit with what came in since a time, newest first.
func (f *Findings) Since(tx *db.Tx, since int64, limit int, visit func(Summary, *Finding)) error {
	rows, err := db.All(tx, func(s db.Scanner) (Summary, error) { return scanSummary(s) },
		`SELECT `+summaryColumns+` FROM finding WHERE tenant = $1 AND last_received_at >= $2
		ORDER BY received_at DESC, id DESC LIMIT $3`, tx.Tenant(), since, limit)
	if err != nil {
		return fault.Wrap(err, "reading the findings of the last days")
	}
	for _, s := range rows {
		n, _, err := f.Normal(tx, s.ID)
		if err != nil {
			return err
		}
		visit(s, n)
	}
	return nil
}

// QuarantineCount counts what nobody has decided about.
func (f *Findings) QuarantineCount(tx *db.Tx) (n int64, err error) {
	err = tx.QueryRow(`SELECT COUNT(*) FROM quarantine WHERE tenant = $1 AND state = 'new'`, tx.Tenant()).Scan(&n)
	return n, err
}
