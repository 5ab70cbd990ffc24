package query_test

import (
	"fmt"

	"tocsin/internal/query"
)

func Example() {
	table := query.MustTable(
		query.Field{Name: "title", Kind: query.Text, Column: "t.title", Search: true},
		query.Field{Name: "severity", Kind: query.Ordered, Column: "t.severity",
			Values: []string{"info", "low", "medium", "high", "critical"}},
		query.Field{Name: "owner", Kind: query.ID, Column: "t.owner"},
		query.Field{Name: "tag", Kind: query.ID, Column: "x.tag",
			Exists: "EXISTS (SELECT 1 FROM ticket_tags x WHERE x.ticket = t.id AND {})"},
	)
	q, err := query.Parse("severity>=high owner:me -tag:exercise", table)
	if err != nil {
		fmt.Println(err)
		return
	}
	env := query.Env{Me: "u1"}

	// $1 is the tenant of the statement around it.
	where, err := query.Compile(q, env, 2)
	fmt.Println(where.SQL, err)
	fmt.Println(where.Args)

	record := map[string]query.Values{"severity": query.Strings("critical"), "owner": query.Strings("u1")}
	fmt.Println(query.Match(q, func(field string) query.Values { return record[field] }, env))

	_, err = query.Parse("severty:high", table)
	fmt.Println(err)
	// Output:
	// (t.severity IN ($2, $3) AND t.owner = $4 AND NOT (EXISTS (SELECT 1 FROM ticket_tags x WHERE x.ticket = t.id AND x.tag = $5))) <nil>
	// [high critical u1 exercise]
	// true
	// there is no field "severty"; did you mean "severity"?; to look for it as text, use quotes
}
