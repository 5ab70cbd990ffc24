package app

import (
	"fmt"
	"strconv"
	"time"
)

// demoThreat is a finding of GuardDuty, as its service publishes it.
type demoThreat struct {
	kind         string
	score        float64
	at           demoPlace
	title, about string
	resource     obj // the member resource
	service      obj // members of service beside the usual ones
}

// guardDuty makes a case of a threat that comes between from and to days
// before the end.
func guardDuty(key string, from, to float64, t demoThreat, script demoScript) demoCase {
	return demoCase{
		key: key, uid: t.arn(key), from: from, to: to, script: script,
		say: func(s demoSaid) []byte {
			return t.at.envelope("aws.guardduty", "GuardDuty Finding", key, s, t.document(key, s))
		},
	}
}

func (t demoThreat) detector() string { return demoHex("detector "+t.at.account+t.at.region, 32) }

func (t demoThreat) arn(key string) string {
	return t.at.arn("guardduty", "detector/"+t.detector()+"/finding/"+demoHex("guardduty "+key, 32))
}

// document is what the service says: it needs some minutes to say it.
func (t demoThreat) document(key string, s demoSaid) obj {
	service := obj{
		"serviceName": "guardduty", "detectorId": t.detector(), "resourceRole": "TARGET",
		"eventFirstSeen": stamp(s.first.Add(-21 * time.Minute)), "eventLastSeen": stamp(s.changed.Add(-9 * time.Minute)),
		"archived": s.gone, "count": s.count, "additionalInfo": obj{"value": "{}", "type": "default"},
	}
	for k, v := range t.service {
		service[k] = v
	}
	score := t.score
	if s.score > 0 {
		score = s.score
	}
	return obj{
		"schemaVersion": "2.0", "accountId": t.at.account, "region": t.at.region, "partition": "aws",
		"id": demoHex("guardduty "+key, 32), "arn": t.arn(key), "type": t.kind, "severity": score,
		"title": t.title, "description": t.about, "resource": t.resource, "service": service,
		"createdAt": stamp(s.first.Add(-6 * time.Minute)), "updatedAt": stamp(s.changed.Add(-2 * time.Minute)),
	}
}

// demoHost is an instance of the company. Its public address, where it has
// one, is of a documentation range too.
type demoHost struct{ name, private, public, role, team string }

func (h demoHost) id() string { return "i-0" + demoHex("instance "+h.name, 16) }

func (h demoHost) resource(p demoPlace) obj {
	face := obj{
		"networkInterfaceId": "eni-0" + demoHex("eni "+h.name, 16), "privateIpAddress": h.private, "ipv6Addresses": arr{},
		"subnetId": "subnet-0" + demoHex("subnet "+p.name, 16), "vpcId": "vpc-0" + demoHex("vpc "+p.name, 16),
		"securityGroups": arr{obj{"groupId": "sg-0" + demoHex("sg "+h.role, 16), "groupName": h.role}},
	}
	if h.public != "" {
		face["publicIp"] = h.public
	}
	return obj{"resourceType": "Instance", "instanceDetails": obj{
		"instanceId": h.id(), "instanceType": "m7i.large", "instanceState": "running", "availabilityZone": p.region + "a",
		"imageId": "ami-0" + demoHex("image "+h.role, 16), "networkInterfaces": arr{face},
		"iamInstanceProfile": obj{"arn": p.global("iam", "instance-profile/"+h.role), "id": demoKeyID("AIPA", h.role)},
		"tags":               arr{pair("Name", h.name), pair("team", h.team), pair("env", p.name[len("larkfield-"):])},
	}}
}

func pair(key, value string) obj { return obj{"key": key, "value": value} }

// credential is an access key that acted.
func credential(user, kind string) obj {
	prefix := "AKIA"
	if kind != "IAMUser" {
		prefix = "ASIA"
	}
	return obj{"resourceType": "AccessKey", "accessKeyDetails": obj{
		"accessKeyId": demoKeyID(prefix, user), "principalId": demoKeyID("AROA", user) + ":" + user, "userName": user, "userType": kind,
	}}
}

// also joins what two resources say.
func also(a, b obj) obj {
	out := obj{}
	for _, o := range []obj{b, a} {
		for k, v := range o {
			out[k] = v
		}
	}
	return out
}

func bucket(name, team string) obj {
	return obj{"resourceType": "S3Bucket", "s3BucketDetails": arr{obj{
		"arn": "arn:aws:s3:::" + name, "name": name, "type": "Destination", "createdAt": "2024-03-11T09:12:44Z",
		"defaultServerSideEncryption": obj{"encryptionType": "SSEAlgorithm"}, "tags": arr{pair("team", team)},
	}}}
}

// resolves is the action of asking for a name.
func resolves(domain string) obj {
	return obj{"action": obj{"actionType": "DNS_REQUEST", "dnsRequestAction": obj{"domain": domain, "protocol": "UDP", "blocked": false}}}
}

// connects is the action of a connection from one of ours.
func connects(p demoParty, port int, way string) obj {
	role := "ACTOR"
	if way == "INBOUND" {
		role = "TARGET"
	}
	return obj{"resourceRole": role, "action": obj{"actionType": "NETWORK_CONNECTION", "networkConnectionAction": obj{
		"connectionDirection": way, "protocol": "TCP", "blocked": false,
		"remoteIpDetails": p.details(), "remotePortDetails": obj{"port": port, "portName": "Unknown"},
		"localPortDetails": obj{"port": 22 + port%7*4111, "portName": "Unknown"},
	}}}
}

// calls is the action of an API call from elsewhere.
func calls(service, api string, p demoParty) obj {
	return obj{"action": obj{"actionType": "AWS_API_CALL", "awsApiCallAction": obj{
		"api": api, "serviceName": service + ".amazonaws.com", "callerType": "Remote IP", "remoteIpDetails": p.details(), "affectedResources": obj{},
	}}}
}

func probed(p demoParty, port int) obj {
	return obj{"action": obj{"actionType": "PORT_PROBE", "portProbeAction": obj{"blocked": false, "portProbeDetails": arr{obj{
		"localPortDetails": obj{"port": port, "portName": "Unknown"}, "remoteIpDetails": p.details(),
	}}}}}
}

// minorThreats makes the cases that the policy only records.
func minorThreats() []demoCase {
	out := []demoCase{}
	hosts := []demoHost{
		{"web-1", "10.20.1.11", "192.0.2.201", "web", "storefront"}, {"web-2", "10.20.1.12", "192.0.2.202", "web", "storefront"},
		{"web-3", "10.20.1.13", "192.0.2.203", "web", "storefront"}, {"vpn-1", "10.20.0.5", "192.0.2.210", "vpn", "platform"},
	}
	for i := range 12 {
		h, place := hosts[i%len(hosts)], inProd(frankfurt)
		party, port := partyScanner(), []int{22, 443, 8080, 9200}[i%4]
		t := demoThreat{
			kind: "Recon:EC2/PortProbeUnprotectedPort", score: 2, at: place, resource: h.resource(place), service: probed(party, port),
			title: fmt.Sprintf("Unprotected port %d on EC2 instance %s is being probed.", port, h.id()),
			about: fmt.Sprintf("EC2 instance %s has an unprotected port %d which is being probed by the known malicious host %s.", h.id(), port, party.ip),
		}
		if i%3 == 2 {
			t.kind, t.service = "UnauthorizedAccess:EC2/SSHBruteForce", connects(party, 22, "INBOUND")
			t.title = party.ip + " is performing SSH brute force attacks against " + h.id() + "."
			t.about = t.title + " Brute force attacks are used to gain unauthorized access to an instance by guessing the SSH password."
		}
		script := play()
		if i%2 == 0 {
			script = script.again(190).repeat(2)
		}
		out = append(out, guardDuty("minor-"+strconv.Itoa(i), 13.8, 0.2, t, script))
	}
	return out
}
