// Package cloudformation holds the template of the AWS finding feed, so that
// the server can hand it to whoever connects an account. It deploys nothing
// and owns no table.
package cloudformation

import _ "embed"

//go:embed tocsin-feed.yaml
var template []byte

// Template is tocsin-feed.yaml; the caller must not change the bytes.
func Template() []byte { return template }
