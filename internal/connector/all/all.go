package all

import (
	"tocsin/internal/connector"
	"tocsin/internal/connector/aws"
	"tocsin/internal/connector/webhook"
)

// Table returns every built-in kind by the name that its manifest gives it.
func Table() map[string]connector.Kind {
	return map[string]connector.Kind{
		"aws":     aws.Kind(),
		"webhook": webhook.Kind(),
	}
}
