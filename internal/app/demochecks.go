package app

import (
	"strconv"
	"time"

	"tocsin/internal/ticket"
)

// demoChecks are failed controls that open a ticket.
func demoChecks() []demoCase {
	return append(demoStorm(), openGroup(), publicDatabase(), trailByHand(), defaultGroup())
}

// demoStorm is one change that fails the same control for twenty buckets.
func demoStorm() []demoCase {
	c := demoControl{"S3.8", "HIGH", "S3 general purpose buckets should block public access", "AwsS3Bucket"}
	names := []string{
		"landing", "landing-eu", "raw", "raw-archive", "curated", "curated-finance", "curated-hr", "features", "models", "exports",
		"exports-partners", "reports", "reports-archive", "scratch", "tmp-athena", "logs", "logs-alb", "backfill", "reference", "snapshots",
	}
	out := make([]demoCase, len(names))
	script := stormScript(len(names))
	for i, name := range names {
		key := stormKey(i + 1)
		out[i] = securityHub(key, 9.0, 6.2, c, inData(frankfurt), "arn:aws:s3:::larkfield-data-"+name, play()).soon().byDay()
		if i == 0 {
			continue
		}
		out[i] = out[i].after(stormKey(1), time.Duration(i)*11*time.Second)
		script = script.about(key).gone(0.5).take(0.2).link(0.2, "storm-1").
			close(0.4, ticket.DuplicateOf, "Same cause as the first of the twenty: the bucket module of data-platform 2.19.0.")
	}
	out[0].script = script.about("").gone(2).note(12, "20 of 20 checks passed when they were run again. Account-level block stays on; data-platform knows.").
		close(6, ticket.Resolved, "Module fixed and applied, block at the account level as a second net.")
	return out
}

func stormKey(n int) string { return "storm-" + strconv.Itoa(n) }

func stormScript(size int) demoScript {
	script := play().ack(4).take(1)
	for n := 2; n <= size; n++ {
		script = script.about(stormKey(n)).ack(0.15)
	}
	return script.about("").
		note(5, "20 tickets for S3.8 in four minutes, all in larkfield-data. That is one change, not twenty.").
		move(2, ticket.Analysis, "").
		note(11, "Terraform run 4471 (data-platform 2.19.0) replaced the bucket module. public_access_block is not in the new version.").
		move(3, ticket.Containment, "").
		note(4, "Block public access switched on for the whole account. Checked three buckets from outside: 403.").
		mark(3, "No bucket was reachable: none had a policy or ACL that grants to everybody.").
		move(5, ticket.Eradication, "").
		note(48, "2.19.1 of the module is out with the block back in, and a test for it. Applied to all twenty.").
		move(4, ticket.Recovery, "")
}

// openGroup is fixed, and fails again more than a week later: a new ticket
// that is linked to the old one.
func openGroup() demoCase {
	p := inProd(dublin)
	c := demoControl{"EC2.19", "CRITICAL", "Security groups should not allow unrestricted access to ports with high risk", "AwsEc2SecurityGroup"}
	return securityHub("open-group", 13.8, 13.5, c, p, p.arn("ec2", "security-group/sg-0"+demoHex("warehouse", 16)), play().
		ack(5).take(2).
		worked("0.0.0.0/0 on 3389 for the warehouse scanners. Rule was added by hand a week ago, CloudTrail says by the vendor's support role.",
			"Rule removed. Two Windows hosts behind it, no successful logon from outside in the event log.",
			"Vendor gets SSM port forwarding instead; support role lost ec2:AuthorizeSecurityGroupIngress.").
		gone(30).
		close(25, ticket.Resolved, "Rule gone, the way in for the vendor works without it.").
		wait(2.6).back(1).
		ack(9).take(4).
		note(8, "Same group, same port, eleven days later. This time the rule was added by larkfield-breakglass.").
		move(6, ticket.Analysis, "").
		byMate().note(50, "Vendor says SSM was down on their side and somebody here helped out. Asked who.").
		note(300, "Break-glass was checked out by the warehouse on-call. Rule is removed again; now about why the alert came to nobody there.")).soon()
}

func publicDatabase() demoCase {
	p := inProd(frankfurt)
	c := demoControl{"RDS.2", "CRITICAL", "RDS DB instances should prohibit public access, as determined by the PubliclyAccessible configuration", "AwsRdsDbInstance"}
	return securityHub("public-database", 9.4, 8.3, c, p, p.arn("rds", "db:returns-replica"), play().
		ack(3).take(2).tag(1, "returns").
		worked("New read replica of returns, created an hour ago with the defaults of the console. Public, but the SG only lets the VPC in.",
			"PubliclyAccessible off. Needs no restart.",
			"Replica is in Terraform now; console creation of RDS denied in prod by SCP.").
		gone(20).
		close(15, ticket.Resolved, "Never reachable: the security group had no rule from outside.")).soon().byDay()
}

// trailByHand was sent by somebody in Security Hub, with a custom action.
func trailByHand() demoCase {
	p := inStaging(dublin)
	h := hubCheck{
		demoControl: demoControl{"CloudTrail.1", "HIGH", "CloudTrail should be enabled and configured with at least one multi-Region trail that includes read and write management events", "AwsAccount"},
		at:          p, resource: "AWS::::Account:" + p.account,
	}
	c := hubCase("trail", 5.9, 5.2, h, play().
		ack(25).take(6).
		note(14, "Sent over by hand from Security Hub by the auditors.").
		move(2, ticket.Analysis, "").
		note(20, "Staging is covered by the organization trail in larkfield-security. The control does not see it because the delegated admin has no read on this OU.").
		close(9, ticket.FalsePositive, "Covered by the organization trail; read access for the control is requested from platform."))
	c.say = func(s demoSaid) []byte {
		return p.envelope("aws.securityhub", "Security Hub Findings - Custom Action", "trail", s, obj{
			"actionName": "Open a ticket", "actionDescription": "Sends the finding to Tocsin", "findings": arr{h.document("trail", s)},
		})
	}
	return c
}

func defaultGroup() demoCase {
	p := inShared(virginia)
	c := demoControl{"EC2.2", "HIGH", "VPC default security groups should not allow inbound or outbound traffic", "AwsEc2SecurityGroup"}
	return securityHub("default-group", 0.84, 0.82, c, p, p.arn("ec2", "security-group/sg-0"+demoHex("default shared", 16)), play().
		ack(35).
		byMate().note(20, "VPC was made by the new artifact cache. Nothing uses the default group as far as I can see. Leaving it for whoever takes it."))
}

// spoil brings what cannot be read, and lets somebody decide about the oldest.
func (p *demoPlot) spoil() {
	at := func(before float64) demoSaid {
		t := p.end.Add(-days(before))
		return demoSaid{first: t, at: t, changed: t, nth: 1}
	}
	place := inShared(frankfurt)
	s := at(9.4)
	p.bring(s.at, place.envelope("aws.ecs", "ECS Task State Change", "spoiled-1", s, obj{
		"clusterArn": place.arn("ecs", "cluster/ci"), "lastStatus": "STOPPED", "stoppedReason": "Essential container in task exited",
	}))
	p.out = append(p.out, demoEvent{at: s.at.Add(minutes(95)).UnixMicro(), act: demoAct{
		demoStep: demoStep{do: doDismiss, text: "The EventBridge rule of the CI account matched every ECS event. Rule is narrowed; this is no finding."},
		who:      p.rota.onDuty(s.at.Add(minutes(95)))[0],
	}})
	s = at(3.1)
	whole := place.envelope("aws.securityhub", "Security Hub Findings - Imported", "spoiled-2", s, obj{"findings": arr{
		hubCheck{demoControl: demoControls()[0], at: place, resource: "arn:aws:s3:::larkfield-shared-artifacts"}.document("spoiled-2", s),
	}})
	p.bring(s.at, whole[:len(whole)*3/4])
	s = at(0.7)
	wrong := hubFinding(place.arn("securityhub", "scanner/"+demoUUID("spoiled-3")), place, s)
	wrong["ProductArn"] = "arn:aws:securityhub:eu-central-1::product/example/ledger-scanner"
	wrong["GeneratorId"], wrong["Title"], wrong["Description"] = "ledger-scanner/7", "Ledger export is world-readable", "Found by the nightly run."
	wrong["Severity"] = obj{"Label": "URGENT"}
	wrong["Resources"] = arr{place.hubResource("Other", "ledger-export")}
	p.bring(s.at, place.envelope("aws.securityhub", "Security Hub Findings - Imported", "spoiled-3", s, obj{"findings": arr{wrong}}))
}
