package app

import (
	"strconv"
	"strings"

	"tocsin/internal/ticket"
)

// demoFlaw is a weakness that Inspector found in something of the company.
type demoFlaw struct {
	cve, pkg, severity string
	at                 demoPlace
	kind, resource     string
	installed, fixed   string
}

func inspector(key string, from, to float64, f demoFlaw, script demoScript) demoCase {
	uid := f.at.arn("inspector2", "finding/"+demoHex("inspector "+key, 32))
	return demoCase{
		key: key, uid: uid, from: from, to: to, office: true, script: script,
		say: func(s demoSaid) []byte {
			return f.at.envelope("aws.securityhub", "Security Hub Findings - Imported", key, s, obj{"findings": arr{f.document(uid, s)}})
		},
	}
}

func (f demoFlaw) document(uid string, s demoSaid) obj {
	d := hubFinding(uid, f.at, s)
	d["ProductArn"] = "arn:aws:securityhub:" + f.at.region + "::product/aws/inspector"
	d["ProductName"], d["CompanyName"], d["GeneratorId"] = "Inspector", "Amazon", "AWSInspector"
	d["Types"] = arr{"Software and Configuration Checks/Vulnerabilities/CVE"}
	d["Severity"] = obj{"Label": f.severity, "Normalized": normalized(f.severity)}
	d["Title"] = f.cve + " - " + f.pkg
	d["Description"] = "The installed version " + f.installed + " of " + f.pkg + " is affected by " + f.cve + ". Fixed in " + f.fixed + "."
	d["Vulnerabilities"] = arr{obj{
		"Id": f.cve, "FixAvailable": "YES", "ReferenceUrls": arr{"https://nvd.nist.gov/vuln/detail/" + f.cve},
		"VulnerablePackages": arr{obj{"Name": f.pkg, "Version": f.installed, "FixedInVersion": f.fixed, "PackageManager": "OS"}},
		"Vendor":             obj{"Name": "NVD", "Url": "https://nvd.nist.gov/vuln/detail/" + f.cve},
	}}
	d["Remediation"] = obj{"Recommendation": obj{"Text": "Update " + f.pkg + " to " + f.fixed + " or later."}}
	d["Resources"] = arr{f.at.hubResource(f.kind, f.resource)}
	if s.gone {
		d["RecordState"], d["Workflow"] = "ARCHIVED", obj{"Status": "RESOLVED"}
	}
	return d
}

func (p demoPlace) image(repository string) string {
	return p.arn("ecr", "repository/"+repository+"/sha256:"+demoHex("image "+repository, 64))
}

// demoFlaws are the weaknesses that open a ticket.
func demoFlaws() []demoCase {
	shared, prod := inShared(frankfurt), inProd(frankfurt)
	const image, instance = "AwsEcrContainerImage", "AwsEc2Instance"
	return []demoCase{
		inspector("flaw-log4j", 11.3, 10.2, demoFlaw{"CVE-2021-44228", "log4j-core", "CRITICAL", shared, image, shared.image("legacy-report"), "2.14.1", "2.17.1"}, play().
			ack(6).take(3).
			worked("legacy-report, last pushed four years ago, deployed nowhere. Somebody pulled it, hence the scan.",
				"Pull of the repository denied. No running task has the digest.",
				"Owner (finance) agrees: image and repository deleted, report moved to the new service long ago.").
			gone(30).close(12, ticket.Resolved, "Image deleted, never deployed since the fix was out.")).soon().byDay(),
		inspector("flaw-ssh", 9.6, 9.1, demoFlaw{"CVE-2024-6387", "openssh-server", "HIGH", prod, instance, prod.arn("ec2", "instance/"+demoHost{name: "vpn-1"}.id()), "9.6p1", "9.8p1"}, play().
			ack(20).take(6).
			worked("vpn-1 is the only one with 22 open to the world. The other four are behind it.",
				"LoginGraceTime 0 as a stopgap on all five, by Ansible.",
				"9.8p1 rolled out, grace time back to normal.").
			gone(120).close(15, ticket.Resolved, "Patched on all five, version checked by hand on vpn-1.")),
		inspector("flaw-curl", 8.2, 7.2, demoFlaw{"CVE-2023-38545", "curl", "HIGH", prod, image, prod.image("label-render"), "7.88.1", "8.4.0"}, play().
			ack(40).take(15).
			note(25, "Needs SOCKS5 with a long host name. label-render talks to two internal hosts, no proxy.").
			move(5, ticket.Analysis, "").
			byLead().note(60, "Fine with me until the base image update next month.").
			close(10, ticket.AcceptedRisk, "Not reachable in our use; goes with the base image update, tracked in WH-882.")),
		inspector("flaw-glibc", 6.4, 5.4, demoFlaw{"CVE-2023-4911", "glibc", "HIGH", prod, instance, prod.arn("ec2", "instance/"+demoHost{name: "web-1"}.id()), "2.34-60.amzn2023", "2.34-52.amzn2023.0.6"}, play().
			ack(30).take(10).
			note(20, "Installed 2.34-60 is newer than the fixed 2.34-52. Inspector compares the release part as text.").
			close(8, ticket.FalsePositive, "Fixed version is installed. Reported to AWS support, case open.")),
		inspector("flaw-http2", 3.3, 2.8, demoFlaw{"CVE-2023-44487", "nghttp2", "HIGH", prod, image, prod.image("storefront-edge"), "1.43.0", "1.57.0"}, play().
			ack(15).take(5).
			worked("storefront-edge ends HTTP/2 itself, the load balancer passes TCP. So it counts for us.",
				"Rate rule in WAF: 500 streams a connection would be better, but this is what we have.",
				"New image with 1.57.0 is built and passed the tests.").
			note(200, "2 of 6 services are on the new image. Storefront wants to wait with the rest until the sale is over.")),
		inspector("flaw-xz", 0.3, 0.29, demoFlaw{"CVE-2024-3094", "xz-utils", "CRITICAL", shared, image, shared.image("build-tools"), "5.6.1", "5.6.2"}, play().
			ack(14).
			note(18, "build-tools:edge has 5.6.1. No sshd in the image, so the backdoor has nothing to hook, but it must not be the base for anything.")).soon(),
	}
}

// quietFlaws are weaknesses that the policy only records.
func quietFlaws() []demoCase {
	list := []demoFlaw{
		{cve: "CVE-2023-5678", pkg: "openssl", severity: "MEDIUM", installed: "3.0.8", fixed: "3.0.13"},
		{cve: "CVE-2024-0727", pkg: "openssl", severity: "MEDIUM", installed: "3.0.8", fixed: "3.0.13"},
		{cve: "CVE-2022-48303", pkg: "tar", severity: "MEDIUM", installed: "1.34", fixed: "1.34-2"},
		{cve: "CVE-2023-39804", pkg: "tar", severity: "MEDIUM", installed: "1.34", fixed: "1.35"},
		{cve: "CVE-2023-4641", pkg: "shadow-utils", severity: "MEDIUM", installed: "4.9", fixed: "4.14.0"},
		{cve: "CVE-2024-22365", pkg: "pam", severity: "MEDIUM", installed: "1.5.2", fixed: "1.6.0"},
		{cve: "CVE-2023-7008", pkg: "systemd", severity: "MEDIUM", installed: "252", fixed: "252.21"},
		{cve: "CVE-2024-28085", pkg: "util-linux", severity: "LOW", installed: "2.37.4", fixed: "2.39.4"},
		{cve: "CVE-2016-2781", pkg: "coreutils", severity: "LOW", installed: "8.32", fixed: "9.0"},
		{cve: "CVE-2022-27943", pkg: "gcc", severity: "LOW", installed: "11.4.1", fixed: "12.3.0"},
	}
	where := []struct {
		place demoPlace
		image string
	}{
		{inProd(frankfurt), "storefront-edge"}, {inProd(frankfurt), "label-render"}, {inShared(frankfurt), "build-tools"}, {inData(frankfurt), "etl-base"},
	}
	out := []demoCase{}
	for i, f := range list {
		for n, w := range where {
			f.at, f.kind, f.resource = w.place, "AwsEcrContainerImage", w.place.image(w.image)
			key := strings.Join([]string{"flaw", strconv.Itoa(i), w.image}, " ")
			script := play()
			switch chance := demoChance(key); {
			case n == 1 && i%2 == 0:
				script = script.wait(1 + 4*chance.Float64()).gone(10)
			case n == 3:
				script = script.look(1440)
			}
			out = append(out, inspector(key, 13.9, 0.3, f, script))
		}
	}
	return out
}
