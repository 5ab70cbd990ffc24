package app

import "tocsin/internal/ticket"

// demoHosts are threats on instances: miners, names of the other side, files.
func demoHosts() []demoCase {
	return []demoCase{
		minerName(), minerAddress(), minerBack(), sinkhole(), remoteControl(), dnsTunnel(), torClient(), oddPort(),
		maliciousSnapshot(), maliciousUpload(), newBinary(),
	}
}

func minerName() demoCase {
	p, h := inStaging(frankfurt), demoHost{"build-runner-2", "10.40.7.22", "", "build-runner", "platform"}
	return guardDuty("miner-name", 10.6, 9.8, demoThreat{
		kind: "CryptoCurrency:EC2/BitcoinTool.B!DNS", score: 8, at: p, resource: h.resource(p), service: resolves(poolDomain),
		title: "EC2 instance " + h.id() + " is querying a domain name that is associated with Bitcoin-related activity.",
		about: "EC2 instance " + h.id() + " is querying " + poolDomain + ", a domain name that is associated with Bitcoin-related activity.",
	}, play().
		ack(5).take(2).again(12).
		note(6, "build-runner-2 at 98 % CPU for half an hour, no pipeline scheduled. Process kworkerd in /var/tmp, not the kernel's.").
		worked("Came in with the npm package colour-pallete (typosquat) in a branch build of storefront. Postinstall downloads the binary.",
			"Runner out of the pool and isolated. Pool domain into Route 53 Resolver DNS Firewall, action BLOCK.",
			"Runner image rebuilt, npm proxy set to allow-list for postinstall, branch deleted.").
		gone(90).
		mark(10, "No credentials on the runner beyond its own role (read of artifacts). Role sessions revoked all the same.").
		close(12, ticket.Resolved, "Host replaced, package blocked at the proxy, domain blocked at the resolver."))
}

func minerAddress() demoCase {
	p, h, party := inStaging(frankfurt), demoHost{"build-runner-4", "10.40.7.24", "", "build-runner", "platform"}, partyPool()
	return guardDuty("miner-address", 8.9, 8.3, demoThreat{
		kind: "CryptoCurrency:EC2/BitcoinTool.B", score: 8, at: p, resource: h.resource(p), service: connects(party, 3333, "OUTBOUND"),
		title: "EC2 instance " + h.id() + " is communicating with an IP address associated with Bitcoin-related activity.",
		about: "EC2 instance " + h.id() + " is communicating with " + party.ip + " (" + poolDomain + ") on port 3333, which is associated with Bitcoin-related activity.",
	}, play().
		ack(4).take(3).link(2, "miner-name").
		note(4, "Same pool as build-runner-2. The DNS block does not help here: the address is in the binary.").
		again(22).
		worked("build-runner-4 was asleep during the clean-up and came back with the old image.",
			"Isolated. 203.0.113.133/32 denied in the staging egress firewall.",
			"Autoscaling group pinned to the new image; sleeping runners terminated, 3 of them.").
		gone(60).
		close(15, ticket.Resolved, "Left over from the first one. No other host on the old image.")).soon()
}

func minerBack() demoCase {
	p, h := inShared(frankfurt), demoHost{"artifact-cache-1", "10.10.2.9", "", "artifact-cache", "platform"}
	return guardDuty("miner-back", 0.86, 0.78, demoThreat{
		kind: "Impact:EC2/BitcoinDomainRequest.Reputation", score: 8, at: p, resource: h.resource(p), service: resolves(poolDomain),
		title: "EC2 instance " + h.id() + " is querying a low reputation domain associated with Bitcoin-related activity.",
		about: "EC2 instance " + h.id() + " is querying " + poolDomain + ", a domain name that is associated with Bitcoin-related activity.",
	}, play().
		ack(6).take(3).link(1, "miner-name").tag(1, "supply-chain").
		note(5, "Third host with this pool. Shared account has no DNS firewall yet, so the block from staging never applied here.").
		move(3, ticket.Analysis, "").
		again(30).
		note(35, "Cache serves colour-pallete 1.0.3 to everybody. 14 downloads so far, list is in the channel.").
		move(5, ticket.Containment, "").
		note(12, "Package removed from the cache and its hash denied. Waiting for the owners of the 14 builds."))
}

// sinkhole shows the name that comes back later as remote control.
func sinkhole() demoCase {
	p, h := inProd(frankfurt), demoHost{"web-1", "10.20.1.11", "192.0.2.201", "web", "storefront"}
	return guardDuty("sinkhole", 13.1, 12.7, demoThreat{
		kind: "Trojan:EC2/BlackholeTraffic!DNS", score: 5, at: p, resource: h.resource(p), service: resolves(controlDomain),
		title: "EC2 instance " + h.id() + " is querying a domain name that is being redirected to a black hole IP address.",
		about: "EC2 instance " + h.id() + " is querying " + controlDomain + ", a domain name that is being redirected to a black hole IP address.",
	}, play().
		ack(9).take(5).
		note(13, "One query, from the link preview service: somebody put the URL in a product review.").
		move(4, ticket.Analysis, "").
		close(8, ticket.FalsePositive, "Link preview resolved a URL from user content. No connection followed."))
}

// remoteControl is resolved, and comes back within the week: the same ticket
// is opened again.
func remoteControl() demoCase {
	p, h := inProd(frankfurt), demoHost{"web-3", "10.20.1.13", "192.0.2.203", "web", "storefront"}
	return guardDuty("remote-control", 6.6, 6.2, demoThreat{
		kind: "Backdoor:EC2/C&CActivity.B!DNS", score: 8, at: p, resource: h.resource(p), service: also(resolves(controlDomain), obj{
			"evidence": obj{"threatIntelligenceDetails": arr{obj{"threatListName": "Amazon", "threatNames": arr{"TrickyLoader"}}}},
		}),
		title: "EC2 instance " + h.id() + " is querying a domain name associated with a known Command & Control server.",
		about: "EC2 instance " + h.id() + " (" + h.public + ") is querying " + controlDomain + ", a domain name associated with a known Command & Control server.",
	}, play().
		ack(3).take(2).link(2, "sinkhole").
		note(7, "web-3 asks every 300 s. That is no link preview: a beacon.").
		worked("PHP file in /uploads/2024/banner.php, written through the old gallery plugin. Loader tries to fetch stage two, gets NXDOMAIN.",
			"web-3 out of the target group, egress closed, memory dump taken.",
			"Gallery plugin removed on all three, uploads no longer executable.").
		note(30, "Traffic is back on web-3 from the new image. No queries since.").
		move(40, ticket.PostIncident, "").
		note(45, "Review short: uploads must not be executable, now checked in CI.").
		close(25, ticket.Resolved, "Loader removed, way in closed, no beacon since.").
		wait(1.3).again(30).
		byMate().ack(6).
		byMate().note(5, "It is back: web-3 again, every 300 s. We missed something.").
		byMate().note(25, "cron of user www-data: @daily curl. Present in the AMI, so the new host had it from the start.").
		byLead().move(10, ticket.Containment, "").
		byMate().note(9, "web-3 and web-2 out (same AMI). web-1 is on the older image and clean.").
		move(25, ticket.Eradication, "").
		note(240, "AMI pipeline ran on an old snapshot of web-3. Rebuilding from the base image, diff of both images is running."))
}

func dnsTunnel() demoCase {
	p, h := inData(frankfurt), demoHost{"etl-7", "10.50.2.17", "", "etl", "data-platform"}
	return guardDuty("dns-tunnel", 11.6, 10.9, demoThreat{
		kind: "Trojan:EC2/DNSDataExfiltration", score: 8, at: p, resource: h.resource(p), service: resolves(tunnelDomain),
		title: "EC2 instance " + h.id() + " is attempting to query domain names that resemble exfiltrated data.",
		about: "EC2 instance " + h.id() + " is attempting to query domain names such as " + tunnelDomain + " that resemble exfiltrated data.",
	}, play().
		ack(4).take(2).
		note(10, "Labels are 52 characters, base32, about 4 queries a minute. Constant size, so no file transfer.").
		move(3, ticket.Analysis, "").
		note(26, "Decoded three of them: host name, CPU, memory. It is the new monitoring agent of the data team, which reports over DNS when HTTPS is blocked.").
		byMate().note(14, "Vendor documents this fallback. Data team switches it off.").
		close(6, ticket.FalsePositive, "Monitoring agent, fallback over DNS. Switched off and noted for the next rollout."))
}

func torClient() demoCase {
	p, h, party := inData(dublin), demoHost{"notebook-12", "10.51.9.112", "", "notebook", "research"}, partyTor()
	return guardDuty("tor-client", 7.9, 6.8, demoThreat{
		kind: "UnauthorizedAccess:EC2/TorClient", score: 8, at: p, resource: h.resource(p), service: connects(party, 9001, "OUTBOUND"),
		title: "EC2 instance " + h.id() + " is communicating with a Tor entry node.",
		about: "EC2 instance " + h.id() + " is communicating with " + party.ip + ", an IP address on the Tor network marked as an entry node.",
	}, play().
		ack(7).take(3).
		note(9, "notebook-12 belongs to research (price comparison). Wrote to the owner on chat.").
		move(2, ticket.Analysis, "").
		note(75, "Owner ran a scraper over Tor to get around a rate limit. Knows now that this needs a ticket first. No customer data on the notebook.").
		close(10, ticket.BenignTruePositive, "Real Tor traffic by a colleague. Stopped; research gets a proxy.")).byDay()
}

func oddPort() demoCase {
	p, h := inProd(dublin), demoHost{"warehouse-gw", "10.21.4.4", "192.0.2.220", "warehouse-gw", "warehouse"}
	party := demoParty{"192.0.2.88", "Ireland", "Dublin", "Example Metrics", 64507}
	return guardDuty("odd-port", 12.2, 11.3, demoThreat{
		kind: "Behavior:EC2/NetworkPortUnusual", score: 5, at: p, resource: h.resource(p), service: connects(party, 9104, "OUTBOUND"),
		title: "EC2 instance " + h.id() + " is communicating with a remote host on an unusual server port 9104.",
		about: "EC2 instance " + h.id() + " is communicating with " + party.ip + " on an unusual server port 9104.",
	}, play().
		ack(14).take(6).
		note(12, "9104 is a metrics exporter. Change CHG-2231 says so, the address is our monitoring provider.").
		close(4, ticket.FalsePositive, "Planned change, new monitoring.").
		byMate().reopen(800, "CHG-2231 names the provider's range 192.0.2.0/27. The address here is 192.0.2.88, outside of it.").
		note(40, "Provider confirms in writing: second site since this month, their page was out of date.").
		close(6, ticket.FalsePositive, "Provider's second site. Change record amended.")).soon()
}

func maliciousSnapshot() demoCase {
	p, h := inStaging(frankfurt), demoHost{"mail-relay", "10.40.1.30", "", "mail-relay", "platform"}
	return guardDuty("malicious-snapshot", 8.1, 7.6, demoThreat{
		kind: "Execution:EC2/MaliciousFile", score: 8, at: p, resource: h.resource(p), service: obj{"ebsVolumeScanDetails": obj{
			"scanDetections": obj{"threatDetectedByName": obj{"threatNames": arr{obj{
				"name": "Dropper.Invoice", "severity": "HIGH", "itemCount": 1,
				"filePaths": arr{obj{"filePath": "/var/spool/quarantine/invoice-3391.docm", "fileName": "invoice-3391.docm", "hash": demoHex("dropper", 64)}},
			}}}},
		}},
		title: "EC2 instance " + h.id() + " has a malicious file.",
		about: "A malware scan of the EBS volume of " + h.id() + " has detected a malicious file.",
	}, play().
		ack(11).take(4).
		worked("invoice-3391.docm sits in the relay's own quarantine. Not executed, not delivered. Sender is a supplier whose mailbox was taken over.",
			"Hash and sender on the block list of the mail gateway. Two more messages caught.",
			"Supplier informed by phone. Quarantine of the relay excluded from the weekly copy to staging.").
		gone(40).
		close(15, ticket.Resolved, "File deleted, nobody opened it, supplier knows."))
}

func maliciousUpload() demoCase {
	p := inData(frankfurt)
	return guardDuty("malicious-upload", 0.52, 0.45, demoThreat{
		kind: "Object:S3/MaliciousFile", score: 8, at: p, resource: bucket("larkfield-data-landing-eu", "data-platform"),
		service: obj{"malwareScanDetails": obj{"threats": arr{obj{
			"name": "Dropper.Invoice", "source": "AMAZON", "hash": demoHex("dropper", 64), "itemPaths": arr{obj{"nestedItemPath": "inbox/supplier-0417/invoice-3402.docm", "hash": demoHex("dropper", 64)}},
		}}}},
		title: "A malicious file was detected in the S3 bucket larkfield-data-landing-eu.",
		about: "A malware scan has detected a malicious file in the object inbox/supplier-0417/invoice-3402.docm of the bucket larkfield-data-landing-eu.",
	}, play().
		ack(5).take(4).link(1, "malicious-snapshot").
		note(8, "Same hash as invoice-3391.docm last week, same supplier. This time by SFTP, so the mail block did not see it.").
		move(4, ticket.Analysis, "").
		note(60, "ETL has not read the object: the tag GuardDutyMalwareScanStatus stops it. Asking the supplier which of their hosts still has the file."))
}

func newBinary() demoCase {
	p, h := inProd(frankfurt), demoHost{"label-printer-svc", "10.20.6.41", "", "labels", "warehouse"}
	return guardDuty("new-binary", 0.061, 0.058, demoThreat{
		kind: "Execution:Runtime/NewBinaryExecuted", score: 5, at: p, resource: h.resource(p), service: obj{
			"action": obj{"actionType": "RUNTIME"}, "runtimeDetails": obj{"process": obj{
				"name": "lpd-fix", "executablePath": "/opt/labels/bin/lpd-fix", "executableSha256": demoHex("lpd-fix", 64), "user": "labels", "pid": 4127,
			}},
		},
		title: "A recently created binary file was executed on EC2 instance " + h.id() + ".",
		about: "The process /opt/labels/bin/lpd-fix was executed on " + h.id() + " from a file that was created 3 minutes before.",
	}, play().
		ack(12).take(5).
		note(9, "lpd-fix by user labels, not in any package. Somebody from the warehouse team or not? Asked in #warehouse-it."))
}
