package ticket

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
	"tocsin/internal/query"
)

// Scope says who sees a view.
type Scope string

// The scopes of views.
const (
	ScopeBuiltIn  Scope = "built_in" // everybody, unchanging
	ScopePersonal Scope = "personal" // its owner
	ScopeTeam     Scope = "team"     // the members of a team
	ScopeShared   Scope = "shared"   // everybody
)

// SavedView is a list of tickets that somebody has given a name.
type SavedView struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	On        string   `json:"on" enum:"tickets"`
	Q         string   `json:"q"`
	Sort      string   `json:"sort"`
	Columns   []string `json:"columns" doc:"Names of columns in their order, each with a width in pixels behind a colon where somebody has set one; empty is the usual ones"`
	Scope     Scope    `json:"scope" enum:"built_in,personal,team,shared"`
	Team      string   `json:"team"`
	Owner     string   `json:"owner"`
	OwnerName string   `json:"owner_name"`
	Position  int64    `json:"position" doc:"Views of one scope stand in this order"`
	Count     *Tally   `json:"count" doc:"How many tickets it holds; null while that is not known yet"`
	Mine      bool     `json:"mine" doc:"The caller may change it"`
	Rev       int64    `json:"rev"`
}

// ViewReader is who looks at views.
type ViewReader struct {
	ID    string
	Teams []string
	Leads bool // may keep views for teams and for everybody
}

// limits of what is saved.
const (
	maxViewName     = 80
	maxViewsPerson  = 50
	maxViewsTenant  = 200 // for teams and for everybody
	maxViewColumns  = 30
	maxCountsWaited = 12 // views that are counted while the first asker waits
	positionStep    = int64(1) << 10
)

// BuiltInViews are the views that everybody has.
func BuiltInViews() []SavedView {
	named := func(id, name, q, sort string) SavedView {
		return SavedView{ID: id, Name: name, On: "tickets", Q: q, Sort: sort, Columns: []string{}, Scope: ScopeBuiltIn}
	}
	views := []SavedView{
		named("all", "All open", "open:true", "-severity"),
		named("mine", "Mine", "open:true owner:me", "-severity"),
		named("unowned", "Unowned", "open:true owner:none", "-severity"),
		named("unacknowledged", "Unacknowledged", "open:true acknowledged:false", "-severity"),
		named("urgent", "Critical and high", "open:true severity>=high", "-severity"),
		named("offered", "Offered to me", "open:true offered:me", "-severity"),
		named("closed-today", "Closed today", "closed:today", "-closed_at"),
	}
	for i := range views {
		views[i].Position = int64(i+1) * positionStep
	}
	return views
}

const viewColumns = `id, name, scope, team, owner, q, sort, columns, position, rev`

func scanView(s db.Scanner) (SavedView, error) {
	v := SavedView{On: "tickets", Columns: []string{}}
	var columns string
	err := s.Scan(&v.ID, &v.Name, &v.Scope, &v.Team, &v.Owner, &v.Q, &v.Sort, &columns, &v.Position, &v.Rev)
	if columns != "" {
		v.Columns = strings.Split(columns, ",")
	}
	return v, err
}

// Views lists the views that somebody sees: the built-in ones, their own, those
// of their teams, and the shared ones.
func (ts *Tickets) Views(tx *db.Tx, r ViewReader) ([]SavedView, error) {
	saved, err := db.All(tx, scanView, `SELECT `+viewColumns+` FROM saved_view WHERE tenant = $1 ORDER BY position, name, id`, tx.Tenant())
	if err != nil {
		return nil, fault.Wrap(err, "reading the views")
	}
	out := BuiltInViews()
	for _, scope := range []Scope{ScopePersonal, ScopeTeam, ScopeShared} {
		for _, v := range saved {
			if v.Scope == scope && r.sees(v) {
				v.Mine = r.keeps(v)
				out = append(out, v)
			}
		}
	}
	return out, ts.nameOwners(tx, out)
}

func (ts *Tickets) nameOwners(tx *db.Tx, views []SavedView) error {
	ids := []string{}
	for _, v := range views {
		if v.Owner != "" && !slices.Contains(ids, v.Owner) {
			ids = append(ids, v.Owner)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	names, err := ts.people.Names(tx, ids)
	for i := range views {
		views[i].OwnerName = names[views[i].Owner]
	}
	return fault.Wrap(err, "naming people")
}

func (r ViewReader) sees(v SavedView) bool {
	switch v.Scope {
	case ScopeBuiltIn, ScopeShared:
		return true
	case ScopeTeam:
		return slices.Contains(r.Teams, v.Team) || r.Leads
	default:
		return v.Owner == r.ID
	}
}

func (r ViewReader) keeps(v SavedView) bool {
	switch v.Scope {
	case ScopeBuiltIn:
		return false
	case ScopePersonal:
		return v.Owner == r.ID
	default:
		return r.Leads
	}
}

// CountViews adds to views how many tickets they hold, as it was not long ago.
func (ts *Tickets) CountViews(tx *db.Tx, views []SavedView, env query.Env) error {
	for i := range views {
		t, err := ts.Tally(tx, views[i].Q, env, i < maxCountsWaited)
		if fault.Is(err, fault.Invalid) { // a list it names is gone, or grew too long for SQL
			continue
		}
		if err != nil {
			return err
		}
		views[i].Count = t
	}
	return nil
}

// SavedView finds a view by its id or, of those that the reader sees, by its name.
func (ts *Tickets) SavedView(tx *db.Tx, r ViewReader, ref string) (SavedView, error) {
	all, err := ts.Views(tx, r)
	if err != nil {
		return SavedView{}, err
	}
	for _, same := range []func(v SavedView) bool{
		func(v SavedView) bool { return v.ID == ref },
		func(v SavedView) bool { return strings.EqualFold(v.Name, ref) },
	} {
		if i := slices.IndexFunc(all, same); i >= 0 {
			return all[i], nil
		}
	}
	return SavedView{}, fault.New(fault.Missing, "View %s does not exist.", ref)
}

// ViewDraft is what a person says of a view; nil leaves it as it is.
type ViewDraft struct {
	Name, Q, Sort, Team *string
	Columns             *[]string
	Scope               *Scope
	Position            *int64
}

// SaveView keeps a new view.
func (ts *Tickets) SaveView(tx *db.Tx, r ViewReader, d ViewDraft) (SavedView, error) {
	v := SavedView{ID: tx.NewID(), On: "tickets", Columns: []string{}, Scope: ScopePersonal, Owner: r.ID, Sort: "-severity", Rev: 1, Mine: true}
	if err := ts.applyView(tx, r, &v, d); err != nil {
		return v, err
	}
	if err := roomForView(tx, v); err != nil {
		return v, err
	}
	if d.Position == nil {
		err := tx.QueryRow(`SELECT COALESCE(MAX(position),0) FROM saved_view WHERE tenant = $1`, tx.Tenant()).Scan(&v.Position)
		if err != nil {
			return v, fault.Wrap(err, "finding the end of the views")
		}
		v.Position += positionStep
	}
	err := tx.Must(`INSERT INTO saved_view(tenant, id, name, scope, team, owner, q, sort, columns, position, created_at, updated_at, rev)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$11,1)`,
		tx.Tenant(), v.ID, v.Name, string(v.Scope), v.Team, v.Owner, v.Q, v.Sort, strings.Join(v.Columns, ","), v.Position, tx.Now())
	if err != nil {
		return v, fault.Wrap(err, "saving the view")
	}
	return v, ts.recordView(tx, v, false)
}

func roomForView(tx *db.Tx, v SavedView) error {
	text, most, whose := `SELECT COUNT(*) FROM saved_view WHERE tenant = $1 AND owner = $2 AND scope = 'personal'`, maxViewsPerson, "A person"
	args := []any{tx.Tenant(), v.Owner}
	if v.Scope != ScopePersonal {
		text, most, whose = `SELECT COUNT(*) FROM saved_view WHERE tenant = $1 AND scope <> 'personal'`, maxViewsTenant, "An installation"
		args = args[:1]
	}
	var n int
	if err := tx.QueryRow(text, args...).Scan(&n); err != nil {
		return fault.Wrap(err, "counting the views")
	}
	if n >= most {
		return fault.New(fault.Conflict, "%s can have %d such views; remove one first.", whose, most).WithSlug("too-many-views")
	}
	return nil
}

// ChangeView changes a view whose revision the caller has read.
func (ts *Tickets) ChangeView(tx *db.Tx, r ViewReader, id string, rev int64, d ViewDraft) (SavedView, error) {
	v, err := ts.keptView(tx, r, id, rev)
	if err != nil {
		return v, err
	}
	was := v.Scope
	if err := ts.applyView(tx, r, &v, d); err != nil {
		return v, err
	}
	if (was == ScopePersonal) != (v.Scope == ScopePersonal) {
		if v.Scope == ScopePersonal {
			v.Owner = r.ID
		}
		if err := roomForView(tx, v); err != nil {
			return v, err
		}
	}
	v.Rev++
	n, err := tx.Exec(`UPDATE saved_view SET name = $1, scope = $2, team = $3, owner = $4, q = $5, sort = $6, columns = $7, position = $8, updated_at = $9, rev = $10
		WHERE tenant = $11 AND id = $12 AND rev = $13`,
		v.Name, string(v.Scope), v.Team, v.Owner, v.Q, v.Sort, strings.Join(v.Columns, ","), v.Position, tx.Now(), v.Rev, tx.Tenant(), id, rev)
	if err == nil && n == 0 {
		err = staleView(v)
	}
	if err != nil {
		return v, err
	}
	return v, ts.recordView(tx, v, false)
}

// RemoveView removes a view whose revision the caller has read.
func (ts *Tickets) RemoveView(tx *db.Tx, r ViewReader, id string, rev int64) error {
	v, err := ts.keptView(tx, r, id, rev)
	if err != nil {
		return err
	}
	if err := tx.Must(`DELETE FROM saved_view WHERE tenant = $1 AND id = $2`, tx.Tenant(), id); err != nil {
		return err
	}
	return ts.recordView(tx, v, true)
}

// keptView is a view that the reader may change, at the revision they have read.
func (ts *Tickets) keptView(tx *db.Tx, r ViewReader, id string, rev int64) (SavedView, error) {
	v, err := ts.SavedView(tx, r, id)
	switch {
	case err != nil:
		return v, err
	case v.Scope == ScopeBuiltIn:
		return v, fault.New(fault.Denied, "The view %s is built in; save your own.", v.Name)
	case !v.Mine:
		return v, fault.New(fault.Denied, "The view %s is kept by those who lead.", v.Name)
	case v.Rev != rev:
		return v, staleView(v)
	}
	return v, nil
}

func staleView(v SavedView) error {
	return fault.New(fault.Conflict, "The view was changed by somebody else since you read it.").WithSlug("stale-revision").WithExtra("current", v)
}

// viewColumn is the name of a column, with a width where somebody has set one.
var viewColumn = regexp.MustCompile(`^[a-z][a-z_]{0,39}(:[1-9][0-9]{1,3})?$`)

// applyView checks what a person says of a view.
func (ts *Tickets) applyView(tx *db.Tx, r ViewReader, v *SavedView, d ViewDraft) (err error) {
	if d.Name != nil || v.Name == "" {
		if v.Name, err = text("name", deref(d.Name), 1, maxViewName); err != nil {
			return err
		}
	}
	if d.Q != nil {
		v.Q = strings.TrimSpace(*d.Q)
	}
	if d.Sort != nil {
		v.Sort = *d.Sort
	}
	if d.Columns != nil {
		v.Columns = *d.Columns
	}
	if d.Position != nil {
		v.Position = *d.Position
	}
	if d.Scope != nil {
		v.Scope = *d.Scope
	}
	if d.Team != nil {
		v.Team = *d.Team
	}
	if err := ts.checkQuestion(tx, v); err != nil {
		return err
	}
	return ts.checkScope(tx, r, v)
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// checkQuestion holds that what a view asks for can be listed.
func (ts *Tickets) checkQuestion(tx *db.Tx, v *SavedView) error {
	if _, err := orderOf(v.Sort); err != nil {
		return fault.Field("body.sort", "must be one of "+sortNames)
	}
	if len(v.Columns) > maxViewColumns {
		return fault.Field("body.columns", "must be at most %d", maxViewColumns)
	}
	for i, c := range v.Columns {
		if !viewColumn.MatchString(c) {
			return fault.Field(fmt.Sprintf("body.columns[%d]", i), "must be the name of a column, with a width behind a colon or without")
		}
	}
	if _, err := ts.lister(tx, Page{Query: v.Q, Sort: v.Sort}, query.Env{Now: tx.Now()}); err != nil {
		return inRule(err, "body.q")
	}
	return nil
}

func (ts *Tickets) checkScope(tx *db.Tx, r ViewReader, v *SavedView) error {
	switch v.Scope {
	case ScopePersonal:
		v.Team = ""
		return nil
	case ScopeTeam, ScopeShared:
	default:
		return fault.Field("body.scope", "must be personal, team or shared")
	}
	if !r.Leads {
		return fault.New(fault.Denied, "Views for others are kept by those who lead.")
	}
	if v.Scope == ScopeShared {
		v.Team = ""
		return nil
	}
	_, err := ts.people.Lead(tx, v.Team)
	if fault.Is(err, fault.Missing) {
		return fault.Field("body.team", "is not a team")
	}
	return err
}

func (ts *Tickets) recordView(tx *db.Tx, v SavedView, removed bool) error {
	_, err := ts.journal.Append(tx, journal.Entry{
		Stream: "view:" + v.ID, Kind: journal.ViewChanged,
		Data: map[string]any{"removed": removed, "scope": string(v.Scope), "view": v.ID},
		Priv: map[string]any{"columns": v.Columns, "name": v.Name, "q": v.Q, "sort": v.Sort, "team": v.Team},
	})
	return err
}
