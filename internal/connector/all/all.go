package all

import (
	"tocsin/internal/connector"
	"tocsin/internal/connector/aws"
	"tocsin/internal/connector/heartbeat"
	"tocsin/internal/connector/pagerduty"
	"tocsin/internal/connector/slack"
	"tocsin/internal/connector/smtp"
	"tocsin/internal/connector/webhook"
	"tocsin/internal/connector/webhookout"
)

// Table returns every built-in kind by the name that its manifest gives it.
func Table() map[string]connector.Kind {
	return map[string]connector.Kind{
		"aws":         aws.Kind(),
		"heartbeat":   heartbeat.Kind(),
		"pagerduty":   pagerduty.Kind(),
		"slack":       slack.Kind(),
		"smtp":        smtp.Kind(),
		"webhook":     webhook.Kind(),
		"webhook-out": webhookout.Kind(),
	}
}
