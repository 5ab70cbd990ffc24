// Package query is the one filter language of Tocsin: what people type above
// a list, save as a view, put in a rule or send to the API as q=.
//
// In: the text of a query and a Table, in which the caller says which fields
// exist and how each is found in SQL. Out: a Query, which Compile turns into
// one parameterised WHERE expression for SQLite and PostgreSQL alike, and
// which Match holds against a record in memory with the same meaning; and, for
// the person who types, errors that point at a byte and completions.
//
// # Grammar
//
//	query = [ or ] ;                       an empty query accepts everything
//	or    = and { "OR" and } ;
//	and   = not { [ "AND" ] not } ;        side by side means AND
//	not   = [ "-" | "NOT" ] atom ;
//	atom  = "(" or ")" | cmp | text ;
//	cmp   = field op value { "," value } ; no spaces inside; comma means any of
//	op    = ":" | "!=" | ">=" | "<=" | ">" | "<" | "~" ;
//	value = word | quoted ;                quoted: "…" with \" and \\
//	text  = word | quoted ;                searched in the fields marked Search
//
// A field is a name of the table, such as severity, asset.account or
// phase.time(containment). AND, OR and NOT are keywords in capitals only. In
// values a few bare words mean more than themselves (in quotes they never do):
//
//	none any           with : and !=, no value at all, or some value
//	@crown-jewels      with : and !=, any item of that list, in a field of text
//	me my-team         with : and != in a field of kind ID: who asks, and their teams
//	now now-1h now+2d  a moment
//	today yesterday    a day in the zone of the person who asks; tomorrow, too
//	2026-10-01         a day in the zone of the person who asks
//	2026-10-01T08:00Z  a moment (RFC 3339; seconds and fractions are optional)
//	2h 3d 30m 1w 1h30m a duration (s m h d w)
//
// The operator ":" is equality, or membership where a field holds a list; "!="
// is its exact negation; "~" finds a piece of text; the others compare values
// that have an order. On a field with a list, a comparison holds when some
// item satisfies it. Text is compared without regard to ASCII case.
//
// # Meaning of nothing
//
// The language has two truth values. A field without a value (NULL, the empty
// string, an empty list) satisfies none and no other comparison, and NOT turns
// that round: -owner:me accepts what nobody owns. The word me satisfies
// nothing when nobody asks, which is what a rule sees. A list that does not
// exist holds nothing.
//
// # Rules and lists of records
//
// A rule is matched in memory, a list of records is asked for in SQL, and both
// mean the same. What only memory can do, Compile refuses with its place in the
// query: a field without a Column, a list that holds ranges of addresses, and
// one with more than 1,000 items.
//
// # Limits
//
// 2,000 bytes, 50 terms (every value after a comma is one), parentheses 20
// deep. A query with a control character or invalid UTF-8 is refused. No text
// of a query ever becomes part of the SQL text.
//
// The package owns no table, opens nothing, reads no clock, and imports only
// fault.
package query
