package notify

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"tocsin/internal/db"
	"tocsin/internal/db/dbtest"
)

func TestWhatIsAskedAllTheTimeUsesItsIndex(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t, nil)
	for text, index := range map[string]string{
		`SELECT ` + waitingColumns + ` FROM notice WHERE tenant = $1 AND message IS NULL ORDER BY batch, id LIMIT $2`:                    "INDEX notice_waits (tenant=?)",
		`SELECT tenant FROM notice WHERE message IS NULL AND tenant > $1 ORDER BY tenant LIMIT $2`:                                       "INDEX notice_waits (tenant>?)",
		`SELECT tenant, id FROM message WHERE state = 'open' AND next_at <= $1 ORDER BY next_at LIMIT $2`:                                "INDEX message_closes (next_at<?)",
		`SELECT tenant, via FROM message WHERE state IN ('queued', 'sending') AND (tenant, via) > ($1, $2) ORDER BY tenant, via LIMIT 1`: "INDEX message_turn",
		sqlDue: "INDEX message_turn (tenant=? AND via=? AND urgent=? AND next_at<?)",
		`SELECT kind FROM notice WHERE tenant = $1 AND message = $2 ORDER BY rank, due_at, id LIMIT 100`:                                  "INDEX notice_message (tenant=? AND message=?)",
		`SELECT id FROM notice WHERE tenant = $1 AND person = $2 AND person <> '' AND ($3 = '' OR id < $3) ORDER BY id DESC LIMIT 50`:     "INDEX notice_inbox (tenant=? AND person=?)",
		`SELECT 1 FROM notice WHERE tenant = $1 AND person = $2 AND person <> '' AND read_at IS NULL LIMIT 100`:                           "INDEX notice_inbox (tenant=? AND person=?)",
		`SELECT via FROM message WHERE tenant = $1 AND bundle = $2`:                                                                       "INDEX message_bundle",
		`SELECT MAX(at) FROM message WHERE tenant = $1 AND person = $2 AND person <> '' AND state <> 'open' AND id > $3`:                  "INDEX message_person (tenant=? AND person=? AND id>?)",
		`SELECT receipt FROM message WHERE tenant = $1 AND via = $2 AND ticket = $3 AND place = $4 AND receipt <> '' ORDER BY id LIMIT 1`: "INDEX message_thread (tenant=? AND via=? AND ticket=? AND place=?)",
		`SELECT hold FROM message WHERE tenant = $1 AND person = '' AND channel = $2 AND state = 'open' LIMIT 20`:                         "INDEX message_open (tenant=? AND person=? AND channel=?)",
		`SELECT COUNT(*) FROM notice n WHERE n.tenant = $1 AND n.ticket = $2 AND n.ticket <> '' AND n.channel = $3 AND n.resolve`:         "INDEX notice_ticket (tenant=? AND ticket=? AND channel=?)",
	} {
		args := []any{}
		for i := 1; strings.Contains(text, fmt.Sprintf("$%d", i)); i++ {
			args = append(args, "x")
		}
		var plan []string
		err := d.Read(db.As(context.Background(), dbtest.Tenant, actor), func(tx *db.Tx) (err error) {
			plan, err = db.All(tx, func(sc db.Scanner) (detail string, err error) {
				var id, parent, unused int
				return detail, sc.Scan(&id, &parent, &unused, &detail)
			}, `EXPLAIN QUERY PLAN `+text, args...)
			return err
		})
		if err != nil || !strings.Contains(fmt.Sprint(plan), index) {
			t.Errorf("%s\nwants %s: %v %v", text, index, plan, err)
		}
	}
}
