package app

import (
	"strconv"
	"strings"
	"time"
)

// demoControl is a control of Security Hub.
type demoControl struct{ id, severity, title, kind string }

// securityHub makes a case of a control that fails for a resource.
func securityHub(key string, from, to float64, c demoControl, p demoPlace, resource string, script demoScript) demoCase {
	return hubCase(key, from, to, hubCheck{demoControl: c, at: p, resource: resource}, script)
}

// soon takes a case in hand at once, whatever the hour.
func (c demoCase) soon() demoCase { c.office = false; return c }

// byDay lets a case come in office hours.
func (c demoCase) byDay() demoCase { c.daylight = true; return c }

// after lets a case come at once after another.
func (c demoCase) after(key string, lag time.Duration) demoCase {
	c.behind, c.lag = key, lag
	return c
}

// hubCheck is one control held against one resource.
type hubCheck struct {
	demoControl
	at       demoPlace
	resource string
	passes   bool // from the first; news turns it round
}

func hubCase(key string, from, to float64, h hubCheck, script demoScript) demoCase {
	return demoCase{
		key: key, uid: h.arn(key), from: from, to: to, office: true, script: script,
		say: func(s demoSaid) []byte {
			return h.at.envelope("aws.securityhub", "Security Hub Findings - Imported", key, s, obj{"findings": arr{h.document(key, s)}})
		},
	}
}

func (h hubCheck) arn(key string) string {
	return h.at.arn("securityhub", "security-control/"+h.id+"/finding/"+demoUUID("hub "+key))
}

// document is what Security Hub says. A check is made every 12 hours, so most
// messages have no news: only the times of looking differ.
func (h hubCheck) document(key string, s demoSaid) obj {
	result, label, workflow := "FAILED", h.severity, "NEW"
	if h.passes != s.gone {
		result, label, workflow = "PASSED", "INFORMATIONAL", "RESOLVED"
	}
	d := hubFinding(h.arn(key), h.at, s)
	d["ProductArn"] = "arn:aws:securityhub:" + h.at.region + "::product/aws/securityhub"
	d["ProductName"], d["CompanyName"], d["GeneratorId"] = "Security Hub", "AWS", "security-control/"+h.id
	d["Types"] = arr{"Software and Configuration Checks/Industry and Regulatory Standards"}
	d["Severity"] = obj{"Label": label, "Original": label, "Normalized": normalized(label)}
	d["Title"] = h.title
	d["Description"] = "This control checks the following: " + h.title + ". The control fails if the resource is not configured in this way."
	d["Compliance"] = obj{"Status": result, "SecurityControlId": h.id, "AssociatedStandards": arr{
		obj{"StandardsId": "standards/aws-foundational-security-best-practices/v/1.0.0"},
	}}
	d["Remediation"] = obj{"Recommendation": obj{
		"Text": "For information on how to correct this issue, consult the AWS Security Hub controls documentation.",
		"Url":  "https://docs.aws.amazon.com/console/securityhub/" + h.id + "/remediation",
	}}
	d["Resources"] = arr{h.at.hubResource(h.kind, h.resource)}
	d["Workflow"] = obj{"Status": workflow}
	return d
}

// hubFinding is what every finding in the format of Security Hub has.
func hubFinding(id string, p demoPlace, s demoSaid) obj {
	lag := 95 * time.Second
	return obj{
		"SchemaVersion": "2018-10-08", "Id": id, "AwsAccountId": p.account, "AwsAccountName": p.name, "Region": p.region,
		"FirstObservedAt": stamp(s.first.Add(-lag)), "CreatedAt": stamp(s.first.Add(-lag)), "UpdatedAt": stamp(s.changed.Add(-lag)),
		"LastObservedAt": stamp(s.at.Add(-lag)), "ProcessedAt": stamp(s.at.Add(-20 * time.Second)), "RecordState": "ACTIVE",
		"Workflow":      obj{"Status": "NEW"},
		"ProductFields": obj{"aws/securityhub/FindingId": id},
	}
}

func (p demoPlace) hubResource(kind, id string) obj {
	return obj{"Type": kind, "Id": id, "Partition": "aws", "Region": p.region}
}

func normalized(label string) int {
	switch label {
	case "CRITICAL":
		return 90
	case "HIGH":
		return 70
	case "MEDIUM":
		return 40
	case "LOW":
		return 1
	}
	return 0
}

// quietControls are checks that open no ticket by the default policy: they
// pass, or are low enough to wait for a report.
func quietControls() []demoCase {
	out := []demoCase{}
	for n, c := range demoControls() {
		for a, account := range demoAccounts() {
			for i := range 1 + (n+a)%2 {
				out = append(out, quietControl(c, account, n, i))
			}
		}
	}
	return out
}

func quietControl(c demoControl, account func(string) demoPlace, n, i int) demoCase {
	region := []string{frankfurt, frankfurt, dublin, virginia}[(n+i)%4]
	p := account(region)
	key := strings.Join([]string{"quiet", c.id, p.account, strconv.Itoa(i)}, " ")
	chance := demoChance(key)
	h := hubCheck{demoControl: c, at: p, resource: resourceFor(c.kind, p, key), passes: chance.Float64() < 0.55}
	if normalized(c.severity) >= 70 {
		h.passes = true
	}
	script := play()
	switch luck := chance.Float64(); {
	case luck < 0.16 && normalized(c.severity) < 70:
		script = script.gone(1900) // fixed, or broken
	case luck < 0.4:
		script = script.wait(1 + 8*chance.Float64()).look(720)
	}
	return hubCase(key, 14, 0.4, h, script)
}

func resourceFor(kind string, p demoPlace, key string) string {
	name := demoHex(key, 8)
	switch kind {
	case "AwsS3Bucket":
		return "arn:aws:s3:::" + p.name + "-" + name
	case "AwsEc2Instance":
		return p.arn("ec2", "instance/i-0"+demoHex(key, 16))
	case "AwsEc2SecurityGroup":
		return p.arn("ec2", "security-group/sg-0"+demoHex(key, 16))
	case "AwsEc2Vpc":
		return p.arn("ec2", "vpc/vpc-0"+demoHex(key, 16))
	case "AwsEc2Subnet":
		return p.arn("ec2", "subnet/subnet-0"+demoHex(key, 16))
	case "AwsIamUser":
		return p.global("iam", "user/svc-"+name)
	case "AwsRdsDbInstance":
		return p.arn("rds", "db:app-"+name)
	case "AwsLambdaFunction":
		return p.arn("lambda", "function:job-"+name)
	case "AwsSqsQueue":
		return p.arn("sqs", "events-"+name)
	case "AwsDynamoDbTable":
		return p.arn("dynamodb", "table/state-"+name)
	case "AwsSecretsManagerSecret":
		return p.arn("secretsmanager", "secret:app/"+name)
	case "AwsElbv2LoadBalancer":
		return p.arn("elasticloadbalancing", "loadbalancer/app/public-"+name+"/"+demoHex(key, 16))
	}
	return "AWS::::Account:" + p.account
}

// demoControls are controls as Security Hub names and rates them.
func demoControls() []demoControl {
	return []demoControl{
		{"S3.5", "MEDIUM", "S3 general purpose buckets should require requests to use SSL", "AwsS3Bucket"},
		{"S3.9", "MEDIUM", "S3 general purpose buckets should have server access logging enabled", "AwsS3Bucket"},
		{"S3.14", "LOW", "S3 general purpose buckets should have versioning enabled", "AwsS3Bucket"},
		{"S3.2", "CRITICAL", "S3 general purpose buckets should block public read access", "AwsS3Bucket"},
		{"EC2.3", "MEDIUM", "Attached EBS volumes should be encrypted at-rest", "AwsEc2Instance"},
		{"EC2.4", "MEDIUM", "Stopped EC2 instances should be removed after a specified time period", "AwsEc2Instance"},
		{"EC2.6", "MEDIUM", "VPC flow logging should be enabled in all VPCs", "AwsEc2Vpc"},
		{"EC2.7", "MEDIUM", "EBS default encryption should be enabled", "AwsAccount"},
		{"EC2.13", "HIGH", "Security groups should not allow ingress from 0.0.0.0/0 or ::/0 to port 22", "AwsEc2SecurityGroup"},
		{"EC2.15", "MEDIUM", "EC2 subnets should not automatically assign public IP addresses", "AwsEc2Subnet"},
		{"EC2.22", "MEDIUM", "Unused EC2 security groups should be removed", "AwsEc2SecurityGroup"},
		{"IAM.3", "MEDIUM", "IAM users' access keys should be rotated every 90 days or less", "AwsIamUser"},
		{"IAM.5", "MEDIUM", "MFA should be enabled for all IAM users that have a console password", "AwsIamUser"},
		{"IAM.22", "MEDIUM", "IAM user credentials unused for 45 days should be removed", "AwsIamUser"},
		{"RDS.4", "MEDIUM", "RDS cluster snapshots and database snapshots should be encrypted at rest", "AwsRdsDbInstance"},
		{"RDS.8", "LOW", "RDS DB instances should have deletion protection enabled", "AwsRdsDbInstance"},
		{"RDS.13", "HIGH", "RDS automatic minor version upgrades should be enabled", "AwsRdsDbInstance"},
		{"Lambda.2", "MEDIUM", "Lambda functions should use supported runtimes", "AwsLambdaFunction"},
		{"SQS.1", "MEDIUM", "Amazon SQS queues should be encrypted at rest", "AwsSqsQueue"},
		{"DynamoDB.2", "MEDIUM", "DynamoDB tables should have point-in-time recovery enabled", "AwsDynamoDbTable"},
		{"SecretsManager.1", "MEDIUM", "Secrets Manager secrets should have automatic rotation enabled", "AwsSecretsManagerSecret"},
		{"ELB.5", "MEDIUM", "Application and Classic Load Balancers logging should be enabled", "AwsElbv2LoadBalancer"},
	}
}
