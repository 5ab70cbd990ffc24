package app

import (
	"bytes"
	"time"

	"tocsin/internal/ticket"
)

// demoProbe is a check of Prowler.
type demoProbe struct{ code, severity, service, title, remedy string }

// demoProbes are checks as Prowler names and rates them. None of them opens a
// ticket by the default policy.
func demoProbes() []demoProbe {
	return []demoProbe{
		{"accessanalyzer_enabled", "Low", "accessanalyzer", "Check if IAM Access Analyzer is enabled", "Create an analyzer in each region."},
		{"account_security_contact_information_is_registered", "Medium", "account", "Ensure security contact information is registered", "Register a security contact."},
		{"account_maintain_current_contact_details", "Medium", "account", "Maintain current contact details", "Look at the contact details once a year."},
		{"backup_plans_exist", "Low", "backup", "Ensure that there is at least one AWS Backup plan", "Create a backup plan."},
		{"cloudtrail_kms_encryption_enabled", "Medium", "cloudtrail", "Ensure CloudTrail logs are encrypted at rest using KMS CMKs", "Set a KMS key on the trail."},
		{"cloudtrail_log_file_validation_enabled", "Medium", "cloudtrail", "Ensure CloudTrail log file validation is enabled", "Turn log file validation on."},
		{"cloudwatch_log_group_retention_policy_specific_days_enabled", "Medium", "cloudwatch", "Check if CloudWatch Log Groups have a retention policy of specific days", "Set a retention policy."},
		{"config_recorder_all_regions_enabled", "Medium", "config", "Ensure AWS Config is enabled in all regions", "Start the recorder in all regions."},
		{"ec2_ebs_default_encryption", "Medium", "ec2", "Check if EBS Default Encryption is activated", "Turn default encryption on."},
		{"ec2_instance_managed_by_ssm", "Medium", "ec2", "Check if EC2 instances are managed by Systems Manager", "Install the agent and its role."},
		{"iam_password_policy_minimum_length_14", "Medium", "iam", "Ensure IAM password policy requires minimum length of 14 or greater", "Set the length to 14."},
		{"iam_password_policy_reuse_24", "Medium", "iam", "Ensure IAM password policy prevents password reuse: 24 or greater", "Remember 24 passwords."},
		{"iam_rotate_access_key_90_days", "Medium", "iam", "Ensure access keys are rotated every 90 days or less", "Rotate the keys."},
		{"iam_support_role_created", "Medium", "iam", "Ensure a support role has been created to manage incidents with AWS Support", "Create the role."},
		{"kms_cmk_rotation_enabled", "Medium", "kms", "Ensure rotation for customer created KMS CMKs is enabled", "Turn rotation on."},
		{"s3_account_level_public_access_blocks", "Medium", "s3", "Check S3 Account Level Public Access Block", "Turn all four settings on."},
		{"s3_bucket_object_versioning", "Low", "s3", "Check if S3 buckets have object versioning enabled", "Turn versioning on."},
		{"trustedadvisor_premium_support_plan_subscribed", "Low", "trustedadvisor", "Check if a Premium support plan is subscribed", "Subscribe to Business Support or better."},
		{"vpc_flow_logs_enabled", "Medium", "vpc", "Ensure VPC Flow Logging is Enabled in all VPCs", "Turn flow logs on."},
	}
}

func (c demoProbe) uid(p demoPlace, name string) string {
	return "prowler-aws-" + c.code + "-" + p.account + "-" + p.region + "-" + name
}

// document is one line of a report. A later report of the same state differs
// in its times only.
func (c demoProbe) document(p demoPlace, name string, passed bool, at time.Time) obj {
	ids := map[string]int{"Low": 2, "Medium": 3, "High": 4, "Critical": 5}
	status, says := "FAIL", " is not as this check wants it."
	if passed {
		status, says = "PASS", " is as this check wants it."
	}
	return obj{
		"class_uid": 2004, "class_name": "Detection Finding", "category_uid": 2, "type_uid": 200401, "activity_id": 1, "activity_name": "Create",
		"severity_id": ids[c.severity], "severity": c.severity, "status_id": 1, "status": "New", "status_code": status,
		"message": name + " in account " + p.account + says, "status_detail": name + " in account " + p.account + says,
		"time": at.Unix(), "metadata": obj{
			"event_code": c.code, "version": "1.4.0", "profiles": arr{"cloud", "datetime"},
			"product": obj{"name": "Prowler", "uid": "prowler", "vendor_name": "Prowler", "version": "5.4.0"},
		},
		"finding_info": obj{
			"uid": c.uid(p, name), "title": c.title, "desc": c.title, "product_uid": "prowler", "types": arr{}, "created_time": at.Unix(),
		},
		"resources": arr{obj{
			"uid": p.arn(c.service, name), "name": name, "type": "Other", "region": p.region, "cloud_partition": "aws",
			"labels": arr{}, "group": obj{"name": c.service},
		}},
		"cloud":       obj{"provider": "aws", "region": p.region, "account": obj{"uid": p.account, "name": p.name, "type": "AWS Account", "type_id": 10}},
		"remediation": obj{"desc": c.remedy, "references": arr{}},
	}
}

// demoScan is one run of Prowler, which brings all its findings at once.
type demoScan struct {
	before float64 // days before the end
	again  bool    // the later run: some things are fixed
}

func demoScans() []demoScan { return []demoScan{{13.4, false}, {6.4, true}} }

// body is the report: a finding a line.
func (s demoScan) body(at time.Time) []byte {
	lines := [][]byte{}
	for _, account := range []func(string) demoPlace{inProd, inStaging, inShared} {
		p := account(frankfurt)
		for _, c := range demoProbes() {
			name := c.service + "-" + demoHex(c.code+p.account, 6)
			luck := demoChance("probe " + c.code + p.account).Float64()
			passed := luck < 0.5 || s.again && luck < 0.6
			lines = append(lines, demoJSON(c.document(p, name, passed, at)))
		}
	}
	lines = append(lines, demoJSON(bastionProbe().document(inShared(frankfurt), bastion, false, at)))
	if s.again {
		lines = append(lines, demoJSON(adminProbe().document(inStaging(frankfurt), helpdesk, false, at)))
	}
	return bytes.Join(lines, []byte("\n"))
}

// Two checks are high enough to open a ticket.
const (
	bastion  = "security-group/bastion"
	helpdesk = "user/svc-helpdesk"
)

func bastionProbe() demoProbe {
	return demoProbe{"ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_22", "High", "ec2",
		"Ensure no security groups allow ingress from 0.0.0.0/0 or ::/0 to SSH port 22", "Close port 22 to the internet."}
}

func adminProbe() demoProbe {
	return demoProbe{"iam_user_administrator_access_policy", "High", "iam",
		"Ensure no IAM users have the AdministratorAccess policy attached", "Give the user what it needs and no more."}
}

// demoProbeTickets are the tickets that the reports open.
func demoProbeTickets() []demoCase {
	scans := demoScans()
	return []demoCase{
		{
			key: "bastion", uid: bastionProbe().uid(inShared(frankfurt), bastion), from: scans[0].before, to: scans[0].before, office: true,
			script: play().ack(45).take(20).
				note(15, "That is the bastion. It is meant to be open, with keys and MFA, and it is the only one.").
				byLead().note(90, "Agreed until SSM replaces it next quarter. Please accept with that date.").
				close(10, ticket.AcceptedRisk, "Bastion, accepted by the shift lead for a quarter; replaced by SSM then."),
		},
		{
			key: "helpdesk", uid: adminProbe().uid(inStaging(frankfurt), helpdesk), from: scans[1].before, to: scans[1].before, office: true,
			script: play().ack(30).take(10).
				worked("svc-helpdesk got AdministratorAccess for a migration last year. Not used for that since.",
					"Policy detached in staging, permissions boundary set.",
					"Helpdesk has a role of its own now: reset of MFA and passwords, nothing else.").
				close(40, ticket.Resolved, "Administrator policy gone, helpdesk works with the small role."),
		},
	}
}
