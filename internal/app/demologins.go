package app

import (
	"time"

	"tocsin/internal/ticket"
)

// demoLogins are threats by people and keys.
func demoLogins() []demoCase {
	return []demoCase{
		lisbonLogin(), newKeyByPipeline(), quietTrail(), yearlyExport(), pentestCall(), pentestBucket(), openBucket(),
		torCall(), databaseLogin(), oddHours(),
	}
}

func lisbonLogin() demoCase {
	p, party := inProd(frankfurt), partyLisbon()
	return guardDuty("lisbon-login", 9.8, 8.7, demoThreat{
		kind: "UnauthorizedAccess:IAMUser/ConsoleLoginSuccess.B", score: 5, at: p, resource: credential("h.vermeulen", "IAMUser"), service: calls("signin", "ConsoleLogin", party),
		title: "Multiple worldwide successful console logins were observed for IAM user h.vermeulen.",
		about: "Successful console logins by the IAM user h.vermeulen were observed from Utrecht and, 40 minutes later, from Lisbon (" + party.ip + ").",
	}, play().
		ack(8).take(3).
		note(6, "MFA was used both times. Called the number in the directory, voicemail.").
		move(2, ticket.Analysis, "").
		byMate().note(22, "Reached her through her manager: at a conference in Lisbon, the laptop at home keeps a console tab open over the VPN.").
		close(5, ticket.BenignTruePositive, "Confirmed by phone with the person: travelling, and a second device at home.")).byDay()
}

func newKeyByPipeline() demoCase {
	p, party := inShared(frankfurt), demoParty{"198.51.100.140", "Netherlands", "Utrecht", "Example Build Cloud", 64508}
	return guardDuty("new-key", 6.5, 5.6, demoThreat{
		kind: "Persistence:IAMUser/AnomalousBehavior", score: 5, at: p, resource: credential("ci-deploy", "IAMUser"), service: calls("iam", "CreateAccessKey", party),
		title: "User IAMUser : ci-deploy is anomalously invoking APIs commonly used in Persistence tactics.",
		about: "APIs commonly used in Persistence tactics were invoked by ci-deploy under anomalous circumstances: CreateAccessKey, AttachUserPolicy. See T1098.001.",
	}, play().
		ack(10).take(4).
		note(9, "Two keys for svc-release made by ci-deploy within a minute. Address belongs to the hosted runners that platform moved to.").
		move(3, ticket.Analysis, "").
		note(30, "Platform confirms, PR 1188. Told them that a pipeline has no business with access keys; they move to OIDC next sprint.").
		close(8, ticket.BenignTruePositive, "New pipeline, known change. Keys live until the move to OIDC, due in two weeks.")).byDay()
}

func quietTrail() demoCase {
	p, party := inSecurity(virginia), demoParty{"192.0.2.61", "Netherlands", "Utrecht", "Larkfield Office", 64509}
	return guardDuty("quiet-trail", 5.7, 4.6, demoThreat{
		kind: "DefenseEvasion:IAMUser/AnomalousBehavior", score: 5, at: p, resource: credential("platform-admin", "AssumedRole"), service: calls("cloudtrail", "DeleteTrail", party),
		title: "User AssumedRole : platform-admin is anomalously invoking APIs commonly used in DefenseEvasion tactics.",
		about: "APIs commonly used in DefenseEvasion tactics were invoked by platform-admin under anomalous circumstances: StopLogging, DeleteTrail. See T1562.008.",
	}, play().
		ack(3).take(2).
		note(4, "A trail was deleted. Looking at that first.").
		move(1, ticket.Analysis, "").
		note(12, "It is legacy-trail, the one that the organization trail replaced. Office address, MFA, change CHG-2240 approved by Ines.").
		close(6, ticket.FalsePositive, "Approved clean-up of an unused trail. The organization trail has no gap.")).byDay()
}

func yearlyExport() demoCase {
	p, party := inData(frankfurt), demoParty{"198.51.100.61", "Netherlands", "Rotterdam", "Example Audit", 64510}
	return guardDuty("yearly-export", 4.0, 2.8, demoThreat{
		kind: "Exfiltration:S3/AnomalousBehavior", score: 8, at: p, resource: also(obj{"resourceType": "S3Bucket"}, also(credential("auditor-ext", "AssumedRole"), bucket("larkfield-data-curated-finance", "finance-data"))),
		service: calls("s3", "GetObject", party),
		title:   "An IAM entity invoked an S3 API in a suspicious way.",
		about:   "APIs commonly used in Exfiltration tactics were invoked by auditor-ext on the bucket larkfield-data-curated-finance: GetObject, 18 GB in 2 hours. See T1530.",
	}, play().
		ack(4).take(2).tag(1, "finance").
		again(25).
		note(5, "18 GB by auditor-ext, role with an external id for the auditors. Never used before this month.").
		move(2, ticket.Analysis, "").
		byLead().note(15, "Contract says read-only access this month for the yearly audit. Finance should have told us.").
		note(28, "Finance confirms dataset and person by mail. Session tags match the engagement number.").
		close(7, ticket.BenignTruePositive, "Yearly audit, agreed access. Finance sends us the dates from now on.")).byDay()
}

func pentestCall() demoCase {
	p, party := inStaging(frankfurt), partyPentest()
	return guardDuty("pentest-call", 7.9, 6.9, demoThreat{
		kind: "PenTest:IAMUser/KaliLinux", score: 5, at: p, resource: credential("pt-larkfield", "IAMUser"), service: calls("iam", "ListAttachedRolePolicies", party),
		title: "API ListAttachedRolePolicies was invoked from a Kali Linux computer.",
		about: "API ListAttachedRolePolicies was invoked by pt-larkfield from a computer with Kali Linux at " + party.ip + ".",
	}, play().
		ack(5).take(2).
		note(3, "pt-larkfield is the test account of this week's penetration test, address matches the rules of engagement.").
		close(3, ticket.TestExercise, "Announced penetration test, staging only.")).byDay()
}

func pentestBucket() demoCase {
	p, party := inStaging(frankfurt), partyPentest()
	return guardDuty("pentest-bucket", 6.9, 6.9, demoThreat{
		kind: "PenTest:S3/KaliLinux", score: 5, at: p, resource: also(obj{"resourceType": "S3Bucket"}, also(credential("pt-larkfield", "IAMUser"), bucket("larkfield-staging-uploads", "storefront"))),
		service: calls("s3", "ListObjects", party),
		title:   "API ListObjects was invoked from a Kali Linux computer.",
		about:   "API ListObjects was used on larkfield-staging-uploads by pt-larkfield from a computer with Kali Linux at " + party.ip + ".",
	}, play().
		again(35).
		ack(4).take(1).link(1, "pentest-call").
		close(2, ticket.TestExercise, "Same test, same address. In scope.")).after("pentest-call", 23*time.Minute)
}

func openBucket() demoCase {
	p := inProd(dublin)
	return guardDuty("open-bucket", 5.4, 4.3, demoThreat{
		kind: "Policy:S3/BucketAnonymousAccessGranted", score: 8, at: p,
		resource: also(obj{"resourceType": "S3Bucket"}, also(credential("m.oduya", "AssumedRole"), bucket("larkfield-prod-press", "marketing"))),
		service:  calls("s3", "PutBucketPolicy", demoParty{"192.0.2.61", "Netherlands", "Utrecht", "Larkfield Office", 64509}),
		title:    "Amazon S3 Public Anonymous Access was granted for the S3 bucket larkfield-prod-press.",
		about:    "Public anonymous access was granted to the S3 bucket larkfield-prod-press by m.oduya calling PutBucketPolicy.",
	}, play().
		ack(2).take(1).
		note(3, "Press bucket, policy with Principal * since a moment ago. 60 objects, all images and PDFs of press releases, plus embargo/.").
		byLead().move(4, ticket.Containment, "embargo/ holds next week's results, so close it now and analyse afterwards.").
		note(2, "Policy removed. S3 access log: 9 reads of embargo/q3.pdf, all from the office.").
		move(12, ticket.Eradication, "").
		note(26, "Press site reads through CloudFront with OAC now. m.oduya only wanted the logo to load.").
		gone(10).
		move(8, ticket.Recovery, "").
		mark(15, "embargo/q3.pdf was open for less than an hour and read by nobody outside. Investor relations informed.").
		close(20, ticket.Resolved, "Closed within the hour, no outside reads, way to publish without an open bucket is in place.")).byDay()
}

func torCall() demoCase {
	p, party := inProd(frankfurt), partyTor()
	return guardDuty("tor-call", 0.17, 0.16, demoThreat{
		kind: "UnauthorizedAccess:IAMUser/TorIPCaller", score: 5, at: p, resource: credential("svc-newsletter", "IAMUser"), service: calls("ses", "GetSendQuota", party),
		title: "API GetSendQuota was invoked from a Tor exit node IP address.",
		about: "API GetSendQuota was invoked by the IAM user svc-newsletter from the Tor exit node " + party.ip + ".",
	}, play().
		ack(15).
		byMate().note(25, "GetSendQuota is what spammers ask first. Key is 400 days old. Somebody please take this."))
}

func databaseLogin() demoCase {
	p, party := inProd(frankfurt), demoParty{"203.0.113.201", "Brazil", "São Paulo", "Example Hosting", 64500}
	base := obj{"resourceType": "RDSDBInstance", "rdsDbInstanceDetails": obj{
		"dbInstanceArn": p.arn("rds", "db:returns-primary"), "dbInstanceIdentifier": "returns-primary", "engine": "postgres", "engineVersion": "15.7", "tags": arr{pair("team", "returns")},
	}, "rdsDbUserDetails": obj{"user": "returns_ro", "application": "psql", "database": "returns", "authMethod": "password"}}
	return guardDuty("database-login", 1.7, 1.5, demoThreat{
		kind: "CredentialAccess:RDS/AnomalousBehavior.SuccessfulBruteForce", score: 5, at: p, resource: base,
		service: obj{"action": obj{"actionType": "RDS_LOGIN_ATTEMPT", "rdsLoginAttemptAction": obj{"remoteIpDetails": party.details()}}},
		title:   "User returns_ro logged into the database returns-primary in an anomalous way after a brute force pattern.",
		about:   "The user returns_ro logged into returns-primary from " + party.ip + " after a consistent pattern of failed logins.",
	}, play().
		ack(7).take(3).
		note(6, "How does an address in São Paulo reach this? SG allows 10.0.0.0/8 only.").
		worse(9, 8).
		move(3, ticket.Analysis, "").
		note(24, "Through the bastion port forward of a contractor, tunnel open for days. 1,118 failed logins, then one that worked: the password was the user name and a digit.").
		move(4, ticket.Containment, "").
		note(8, "Login revoked, contractor's bastion key removed, security group of the replica closed too.").
		mark(70, "returns_ro can read orders and addresses, not payment data. pgaudit shows SELECT on orders LIMIT 100, twice.").
		byLead().note(200, "Contractor's company is informed. Waiting for their statement before we rotate everything the bastion can reach."))
}

func oddHours() demoCase {
	p, party := inShared(dublin), demoParty{"198.51.100.12", "Spain", "Valencia", "Example Mobile", 64505}
	return guardDuty("odd-hours", 0.27, 0.24, demoThreat{
		kind: "InitialAccess:IAMUser/AnomalousBehavior", score: 5, at: p, resource: credential("r.castells", "AssumedRole"), service: calls("sts", "GetFederationToken", party),
		title: "User AssumedRole : r.castells is anomalously invoking APIs commonly used in InitialAccess tactics.",
		about: "APIs commonly used in InitialAccess tactics were invoked by r.castells under anomalous circumstances: GetFederationToken. See T1078.004.",
	}, play().
		ack(9).take(4).
		note(8, "Mobile network in Valencia, device not in MDM. r.castells is on leave according to the calendar.").
		move(3, ticket.Analysis, "").
		note(45, "Session ended by itself. Mailed and called; no answer yet. If none within the hour the role goes."))
}
