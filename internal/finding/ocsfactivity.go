package finding

import (
	"strings"

	"tocsin/internal/ioc"
)

// readOCSFActivity reads a call (6003) or a sign-in (3002), as Security Lake
// writes CloudTrail's records. It is judged as the record would be; where the
// producer's severity is worse, that counts.
func readOCSFActivity(n *node, g *gather, class int) {
	f := g.f
	metadata, actor, api := n.child("metadata"), n.child("actor"), n.child("api")
	if metadata == nil {
		n.missing("metadata")
	}
	id := metadata.id("uid")
	readOCSFProduct(metadata, f)
	readOCSFPlace(n, f)
	product := metadata.child("product")
	f.Identity = identity("ocsf-activity", n.child("cloud").child("account").str("uid"), firstOf(product.str("uid"), product.str("name")), id)
	f.UID, f.ClassUID = clean(id, maxID, false), class
	if !n.has("time") && !n.has("time_dt") {
		n.missing("time")
	}
	f.CreatedAt = n.moment("time")
	f.UpdatedAt, f.FirstSeen, f.LastSeen = f.CreatedAt, f.CreatedAt, f.CreatedAt
	f.Status = StatusNew
	f.Count, _ = n.whole("count")

	user := actor.child("user")
	if user == nil {
		user = n.child("user")
	}
	call := activityCall(n, api, user, class)
	call.account = f.Account
	readOCSFActor(actor, g)
	readOCSFActor(n, g)
	if user.str("type") == "Root" {
		f.Principal = "root"
	}
	g.value(actor.child("session").str("credential_uid"), RoleActor, ioc.AWSKeyID)
	if from := ocsfRemote(n.child("src_endpoint"), "inbound"); from.IP != "" { // else a service of AWS
		g.remote(from)
	}
	readOCSFResources(n, g)
	if len(f.Resources) == 0 && isAccount(f.Account) {
		g.resource(accountResource(f))
	}
	own, text := readOCSFSeverity(n)
	call.judge(f)
	if f.SeverityOriginal = text; own.Rank() > f.Severity.Rank() {
		f.Severity, f.Class = own, Detection
	}
	f.Action = clean(call.service+":"+call.name, maxName, false)
	f.Types = []string{clean("CloudTrail/"+call.service+":"+call.name+call.variant, maxName, false)}
	call.describe(f, n.child("src_endpoint").name("ip"), n.child("http_request").name("user_agent"), api.child("response").name("error_message"))
	f.Active = isActive(f)
	g.quiet = true
}

// activityCall gives a call the form that CloudTrail has.
func activityCall(n, api, user *node, class int) trailCall {
	call := trailCall{
		service: strings.TrimSuffix(api.child("service").name("name"), ".amazonaws.com"), name: callName(api.name("operation")),
		root: user.str("type") == "Root", user: user.str("type") == "IAMUser", self: user.str("name"),
		params: api.child("request").data("data"), failed: firstOf(api.child("response").name("error"), api.child("response").name("error_message")),
	}
	status, _ := n.whole("status_id")
	if class == authentication {
		call.service, call.name = firstOf(call.service, "signin"), firstOf(call.name, n.name("activity_name"), "Logon")
		outcome, factor := "Success", "Yes"
		if status == 2 {
			outcome = "Failure"
		}
		if n.has("is_mfa") && !n.boolean("is_mfa") {
			factor = "No"
		}
		call.answer, call.more = map[string]any{"ConsoleLogin": outcome}, map[string]any{"MFAUsed": factor}
	} else if status == 2 {
		call.failed = firstOf(call.failed, "failed")
	}
	call.service, call.name = firstOf(call.service, "unknown"), firstOf(call.name, n.name("activity_name"), "unknown")
	return call
}

// data returns a value that may be an object or the text of one.
func (n *node) data(key string) any {
	if n == nil {
		return nil
	}
	if text, ok := n.m[key].(string); ok {
		v, _ := parseJSON(text)
		return v
	}
	return n.m[key]
}
