package query

// Words returns the plain values that the query compares a field with, each
// once; values that mean more than themselves are left out.
func (q *Query) Words(field string) []string {
	var words []string
	seen := map[string]bool{}
	walk(q.root, func(n node) {
		c, ok := n.(*compare)
		if !ok || c.field.Name != field {
			return
		}
		for _, v := range c.values {
			if v.meaning == literal && !seen[v.canon] {
				seen[v.canon] = true
				words = append(words, v.canon)
			}
		}
	})
	return words
}
