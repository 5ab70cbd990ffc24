// Package cloudformation holds the templates of what Tocsin needs in AWS, so
// that the server can hand them to whoever connects an account. It deploys
// nothing and owns no table.
package cloudformation

import "embed"

//go:embed tocsin-feed.yaml tocsin-member.yaml tocsin-roles.yaml
var files embed.FS

// Names lists the templates: the feed, what other accounts and Regions forward
// to it, and the roles that are assumed.
func Names() []string { return []string{"feed", "member", "roles"} }

// Template is the template of a name, nil for any other.
func Template(name string) []byte {
	text, err := files.ReadFile("tocsin-" + name + ".yaml")
	if err != nil {
		return nil
	}
	return text
}
