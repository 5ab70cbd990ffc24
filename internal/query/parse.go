package query

// Limits of a query. A term is a bare text or a value of a comparison.
const (
	maxBytes = 2000
	maxDepth = 20
	maxTerms = 50
)

// Parse reads a query over the fields of a table. The error is a *fault.Error
// with code Invalid and slug "bad-query"; its Extra holds "offset" and
// "length", in bytes of text, and "did_you_mean" when a name or a value is
// close to one that exists.
func Parse(text string, table *Table) (*Query, error) {
	if err := checkText(text); err != nil {
		return nil, err
	}
	p := parser{lexer: lexer{src: text}, table: table}
	if err := p.advance(); err != nil {
		return nil, err
	}
	if p.token.kind == tokenEnd {
		return &Query{table: table}, nil
	}
	root, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.token.kind != tokenEnd {
		return nil, fail(p.token.at, `this ")" closes nothing`)
	}
	return &Query{root: root, table: table}, nil
}

// parser holds the one token it looks at.
type parser struct {
	lexer lexer
	token token
	table *Table
	depth int
	terms int
}

func (p *parser) advance() error {
	t, err := p.lexer.next()
	p.token = t
	return err
}

// or = and { "OR" and }
func (p *parser) or() (node, error) {
	first, err := p.and()
	if err != nil {
		return nil, err
	}
	nodes := []node{first}
	for p.token.kind == tokenOr {
		if err := p.advance(); err != nil {
			return nil, err
		}
		next, err := p.and()
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, next)
	}
	return join(true, nodes), nil
}

// and = not { ["AND"] not }
func (p *parser) and() (node, error) {
	first, err := p.not()
	if err != nil {
		return nil, err
	}
	nodes := []node{first}
	for {
		switch p.token.kind {
		case tokenEnd, tokenClose, tokenOr:
			return join(false, nodes), nil
		case tokenAnd:
			if err := p.advance(); err != nil {
				return nil, err
			}
		}
		next, err := p.not()
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, next)
	}
}

// join makes one node of several, and lifts groups of the same sort, so that
// queries which mean the same by associativity are equal.
func join(or bool, nodes []node) node {
	if len(nodes) == 1 {
		return nodes[0]
	}
	g := &group{or: or}
	for _, n := range nodes {
		if inner, ok := n.(*group); ok && inner.or == or {
			g.nodes = append(g.nodes, inner.nodes...)
			continue
		}
		g.nodes = append(g.nodes, n)
	}
	return g
}

// not = ["-" | "NOT"] atom
func (p *parser) not() (node, error) {
	if p.token.kind != tokenMinus && p.token.kind != tokenNot {
		return p.atom()
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	inner, err := p.atom()
	if err != nil {
		return nil, err
	}
	return &negation{inner}, nil
}

// atom = "(" or ")" | cmp | text
func (p *parser) atom() (node, error) {
	t := p.token
	switch t.kind {
	case tokenOpen:
		return p.parentheses()
	case tokenText:
		if err := p.count(1, t.at); err != nil {
			return nil, err
		}
		if err := p.checkBare(t.words[0]); err != nil {
			return nil, err
		}
		return &bareText{t.words[0]}, p.advance()
	case tokenCompare:
		if err := p.count(len(t.words), t.at); err != nil {
			return nil, err
		}
		c, err := p.table.compare(t)
		if err != nil {
			return nil, err
		}
		return c, p.advance()
	case tokenEnd:
		return nil, fail(t.at, "the query ends where a condition is expected")
	default:
		return nil, fail(t.at, "a condition is expected here, not %q; to look for it as text, use quotes", p.lexer.src[t.at.offset:t.at.end()])
	}
}

func (p *parser) parentheses() (node, error) {
	open := p.token.at
	if p.depth++; p.depth > maxDepth {
		return nil, fail(open, "parentheses can be at most %d deep", maxDepth)
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	inner, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.token.kind != tokenClose {
		return nil, fail(open, `this "(" is not closed`)
	}
	p.depth--
	return inner, p.advance()
}

// count adds terms and holds the limit.
func (p *parser) count(terms int, at span) error {
	if p.terms += terms; p.terms > maxTerms {
		return fail(at, "a query can have at most %d terms; each value after a comma is one", maxTerms)
	}
	return nil
}

func (p *parser) checkBare(w word) error {
	switch {
	case w.text == "":
		return fail(w.at, "there is no text between these quotes")
	case len(p.table.search) == 0:
		return fail(w.at, "this list cannot be searched by text; name a field, as in field:%s", clip(w.String()))
	}
	return nil
}
