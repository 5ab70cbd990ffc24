package app

import (
	"time"

	"tocsin/internal/ticket"
)

// demoIntrusion is the story that the fortnight turns around: an address that
// first knocks, then uses stolen credentials, and is back at the end.
func demoIntrusion() []demoCase {
	return []demoCase{
		firstKnock(), credentialTheft(), exportRead(), knockOnTheDoor(), instanceMetadata(), bucketDiscovery(), attackSequence(),
	}
}

func firstKnock() demoCase {
	place, party := inStaging(frankfurt), partyHosting()
	return guardDuty("first-knock", 13.7, 13.2, demoThreat{
		kind: "Recon:IAMUser/MaliciousIPCaller.Custom", score: 5, at: place,
		title:    "Reconnaissance API DescribeRegions was invoked from an IP address on a custom threat list.",
		about:    "API DescribeRegions was invoked by the IAM user svc-invoice-render from " + party.ip + ", an IP address that is on the custom threat list larkfield-blocklist.",
		resource: credential("svc-invoice-render", "IAMUser"), service: calls("ec2", "DescribeRegions", party),
	}, play().
		ack(6).take(4).
		note(11, "Key of svc-invoice-render was disabled last week after the repo scan. CloudTrail shows AuthFailure on all 3 calls.").
		move(3, ticket.Analysis, "").
		note(9, "Nothing after the DescribeRegions calls. Asked payments whether anybody rents machines at AS64500: no.").
		tag(1, "leaked-key").
		close(7, ticket.FalsePositive, "Calls with a key that is already disabled, all refused."))
}

func credentialTheft() demoCase {
	place, party := inProd(frankfurt), partyHosting()
	host := demoHost{"payments-worker-3", "10.20.3.18", "", "payments-worker", "payments"}
	return guardDuty("credential-theft", 12.6, 12.35, demoThreat{
		kind: "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS", score: 8, at: place,
		title: "Credentials for the EC2 instance role payments-worker were used from an external IP address.",
		about: "Credentials created exclusively for an EC2 instance using instance role payments-worker have been used from external IP address " + party.ip + ".",
		resource: also(obj{"resourceType": "AccessKey"}, also(credential("payments-worker", "AssumedRole"),
			host.resource(place))),
		service: calls("s3", "GetObject", party),
	}, play().
		ack(3).take(1).tag(1, "payments", "pci").
		note(8, "payments-worker used from 203.0.113.47 (AS64500). Not one of our egress addresses. payments-worker-3 itself is up and looks normal.").
		move(2, ticket.Analysis, "").
		link(2, "first-knock").
		note(3, "Same address as the ticket that was closed as a false positive. So that was not noise.").
		again(14).
		note(12, "CloudTrail since the first call: 41x GetObject on larkfield-payments-export, 3x ListSecrets (denied), no writes. Athena query saved as q-payments-export.").
		mark(5, "Credentials of the role payments-worker are in use outside. Known reach: read access to larkfield-payments-export. No write seen.").
		move(3, ticket.Containment, "").
		note(6, "Attached AWSRevokeOlderSessions to the role. payments-worker-3 moved to sg-quarantine, disk snapshot taken first.").
		again(38).
		byLead().move(6, ticket.Analysis, "GetObject again from the same address after the revoke. There must be a second session that we do not know of.").
		note(34, "Found it: larkfield-staging has a role with the same trust policy, and its instance profile was on the render host. AssumeRole chain from there.").
		move(4, ticket.Containment, "").
		note(10, "Both roles denied by SCP for 203.0.113.0/24 and sessions revoked again. Quiet since.").
		mark(25, "Contained: no call from 203.0.113.47 any more, both roles covered.").
		move(5, ticket.Eradication, "").
		note(170, "Payments confirmed SSRF in invoice-render 2.3.1 (the logo URL). IMDSv1 was still on, so the metadata service answered. Fixed in 2.3.2, goes out with the next deploy.").
		move(600, ticket.Recovery, "").
		note(45, "2.3.2 is out on all six workers, hop limit 1, IMDSv2 required. Old instances terminated, snapshot of worker-3 kept under legal hold.").
		byLead().note(900, "Export bucket: 41 objects read, 1,204 customer rows with name and IBAN suffix. Privacy officer informed in writing.").
		gone(700).
		move(60, ticket.PostIncident, "").
		note(1500, "Review is booked with payments and platform. Open question: why did nobody look at reads of the export bucket?").
		byMate().note(2600, "Draft of the timeline is done. Missing: who approved the staging trust policy."))
}

func exportRead() demoCase {
	place, party := inProd(frankfurt), partyHosting()
	return guardDuty("export-read", 12.3, 12.3, demoThreat{
		kind: "Exfiltration:S3/MaliciousIPCaller", score: 8, at: place,
		title:    "API GetObject was invoked from an IP address on a custom threat list.",
		about:    "API GetObject was used on the S3 bucket larkfield-payments-export from " + party.ip + ", an IP address on the custom threat list larkfield-blocklist.",
		resource: also(obj{"resourceType": "S3Bucket"}, also(credential("payments-worker", "AssumedRole"), bucket("larkfield-payments-export", "payments"))),
		service:  calls("s3", "GetObject", party),
	}, play().
		ack(5).take(2).link(3, "credential-theft").
		note(2, "Same key, same address, same minutes as the credential ticket. Working it there.").
		close(2, ticket.DuplicateOf, "The bucket side of the stolen payments-worker credentials.")).after("credential-theft", 47*time.Minute)
}

// knockOnTheDoor is only recorded by the policy; somebody remembers the address.
func knockOnTheDoor() demoCase {
	place, party := inProd(frankfurt), partyHosting()
	host := demoHost{"vpn-1", "10.20.0.5", "192.0.2.210", "vpn", "platform"}
	return guardDuty("ssh-knock", 10.9, 10.4, demoThreat{
		kind: "UnauthorizedAccess:EC2/SSHBruteForce", score: 2, at: place, resource: host.resource(place), service: connects(party, 22, "INBOUND"),
		title: party.ip + " is performing SSH brute force attacks against " + host.id() + ".",
		about: party.ip + " is performing SSH brute force attacks against " + host.id() + ". Brute force attacks are used to gain unauthorized access by guessing the SSH password.",
	}, play().
		again(55).
		promote(40, "Low by itself, but it is the address of the stolen payments credentials.").
		take(3).link(1, "credential-theft").
		note(6, "vpn-1 takes keys only, no password logins. 212 attempts, none with a user that exists.").
		move(4, ticket.Analysis, "").
		note(12, "Blocked 203.0.113.0/24 on the VPN security group and on the edge WAF.").
		close(6, ticket.BenignTruePositive, "Real attempts, no effect: password logins are off. Address blocked."))
}

func instanceMetadata() demoCase {
	place := inProd(frankfurt)
	return securityHub("imds", 11.9, 11.6, demoControl{
		id: "EC2.8", severity: "HIGH", title: "EC2 instances should use Instance Metadata Service Version 2 (IMDSv2)", kind: "AwsEc2Instance",
	}, place, place.arn("ec2", "instance/"+demoHost{name: "payments-worker-3"}.id()), play().
		ack(12).take(3).link(2, "credential-theft").
		worked("That is the hole the credentials went out of. 6 of 9 instances of the payments ASG still answer IMDSv1.",
			"Hop limit set to 1 on all nine by script. Does not need a restart.",
			"Launch template v14 has HttpTokens=required, ASG refreshed.").
		gone(50).
		close(20, ticket.Resolved, "IMDSv2 required on the whole ASG, check passes.")).soon()
}

func bucketDiscovery() demoCase {
	place, party := inData(frankfurt), partyHosting()
	return guardDuty("bucket-discovery", 0.038, 0.038, demoThreat{
		kind: "Discovery:S3/MaliciousIPCaller", score: 8, at: place,
		title:    "API ListObjectVersions was invoked from an IP address on a custom threat list.",
		about:    "API ListObjectVersions was used on the S3 bucket larkfield-data-landing from " + party.ip + ", an IP address on the custom threat list larkfield-blocklist.",
		resource: also(obj{"resourceType": "S3Bucket"}, also(credential("svc-etl-loader", "IAMUser"), bucket("larkfield-data-landing", "data-platform"))),
		service:  calls("s3", "ListObjectVersions", party),
	}, play())
}

// attackSequence is the last thing that came in: critical, and nobody has seen
// it yet.
func attackSequence() demoCase {
	place, party := inData(frankfurt), partyHosting()
	const user = "svc-etl-loader"
	return guardDuty("attack-sequence", 0.0139, 0.0139, demoThreat{
		kind: "AttackSequence:IAM/CompromisedCredentials", score: 9.6, at: place,
		title:    "Potential credential compromise of svc-etl-loader indicated by a sequence of actions.",
		about:    "A sequence of actions by the IAM user svc-etl-loader indicates compromised credentials: discovery from a known address, a new access key, and a disabled trail.",
		resource: obj{"resourceType": "AttackSequence"},
		service: obj{"detection": obj{"sequence": obj{
			"uid": demoUUID("sequence"), "description": "Signals of credential compromise",
			"actors": arr{obj{"id": "USER:1", "user": obj{
				"name": user, "uid": demoKeyID("AIDA", user), "type": "IAMUser", "credentialUid": demoKeyID("AKIA", user),
			}}},
			"endpoints": arr{obj{
				"id": "ENDPOINT:1", "ip": party.ip, "port": 443, "location": obj{"city": party.city, "country": party.country, "lat": 0, "lon": 0},
				"autonomousSystem": obj{"name": party.org, "number": party.asn}, "connection": obj{"direction": "INBOUND"},
			}},
			"resources": arr{
				obj{"uid": place.arn("cloudtrail", "trail/larkfield-data"), "name": "larkfield-data", "accountId": place.account, "resourceType": "CLOUDTRAIL_TRAIL", "region": place.region, "cloudPartition": "aws", "data": obj{}},
				obj{"uid": "arn:aws:s3:::larkfield-data-landing", "name": "larkfield-data-landing", "accountId": place.account, "resourceType": "S3_BUCKET", "region": place.region, "cloudPartition": "aws", "data": obj{}},
			},
			"signals": arr{},
			"sequenceIndicators": arr{
				obj{"key": "ATTACK_TACTIC", "values": arr{"Discovery", "Persistence", "Defense Evasion"}},
				obj{"key": "ATTACK_TECHNIQUE", "values": arr{"T1619", "T1098.001 - Additional Cloud Credentials", "T1562.008 - Disable or Modify Cloud Logs"}},
			},
		}}},
	}, play())
}
