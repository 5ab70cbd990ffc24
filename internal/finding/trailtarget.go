package finding

// readTrailTargets reads what a call was about: the resources that CloudTrail
// names, else those that the parameters do, else the account.
func readTrailTargets(n *node, call trailCall, g *gather) {
	n.each("resources", maxList, func(r *node) {
		uid := firstOf(r.name("ARN"), r.name("arn"))
		g.resource(Resource{Type: firstOf(asffType(r.name("type")), "Other"), UID: uid, Account: r.name("accountId")})
	})
	if len(g.f.Resources) == 0 {
		call.targets(g)
	}
	if len(g.f.Resources) == 0 {
		g.resource(accountResource(g.f))
	}
}

// target is how a parameter names a resource.
type target struct {
	param, typ string
	// arn is what stands before the name: region and account are filled in
	// where the type of resource has them.
	service, kind    string
	global, nameless bool // without a region; without region and account
}

// targetsOf lists, for a service, the parameters that name resources.
func targetsOf(service string) []target {
	switch service {
	case "iam":
		return []target{
			{param: "userName", typ: "AwsIamUser", service: "iam", kind: "user/", global: true},
			{param: "roleName", typ: "AwsIamRole", service: "iam", kind: "role/", global: true},
			{param: "groupName", typ: "AwsIamGroup", service: "iam", kind: "group/", global: true},
			{param: "instanceProfileName", typ: "AwsIamInstanceProfile", service: "iam", kind: "instance-profile/", global: true},
			{param: "policyArn", typ: "AwsIamPolicy"},
		}
	case "s3":
		return []target{{param: "bucketName", typ: "AwsS3Bucket", service: "s3", nameless: true}}
	case "ec2", "ec2-instance-connect":
		return []target{
			{param: "instanceId", typ: "AwsEc2Instance", service: "ec2", kind: "instance/"},
			{param: "groupId", typ: "AwsEc2SecurityGroup", service: "ec2", kind: "security-group/"},
			{param: "snapshotId", typ: "AwsEc2Snapshot", service: "ec2", kind: "snapshot/"},
			{param: "imageId", typ: "AwsEc2Image", service: "ec2", kind: "image/"},
			{param: "volumeId", typ: "AwsEc2Volume", service: "ec2", kind: "volume/"},
			{param: "vpcId", typ: "AwsEc2Vpc", service: "ec2", kind: "vpc/"},
		}
	case "lambda":
		return []target{{param: "functionName", typ: "AwsLambdaFunction", service: "lambda", kind: "function:"}}
	case "secretsmanager":
		return []target{{param: "secretId", typ: "AwsSecretsManagerSecret", service: "secretsmanager", kind: "secret:"}}
	case "cloudtrail":
		return []target{{param: "name", typ: "AwsCloudTrailTrail", service: "cloudtrail", kind: "trail/"}, {param: "trailName", typ: "AwsCloudTrailTrail", service: "cloudtrail", kind: "trail/"}}
	case "kms":
		return []target{{param: "keyId", typ: "AwsKmsKey", service: "kms", kind: "key/"}}
	case "rds":
		return []target{
			{param: "dBInstanceIdentifier", typ: "AwsRdsDbInstance", service: "rds", kind: "db:"},
			{param: "dBSnapshotIdentifier", typ: "AwsRdsDbSnapshot", service: "rds", kind: "snapshot:"},
			{param: "dBClusterIdentifier", typ: "AwsRdsDbCluster", service: "rds", kind: "cluster:"},
			{param: "dBClusterSnapshotIdentifier", typ: "AwsRdsDbClusterSnapshot", service: "rds", kind: "cluster-snapshot:"},
		}
	case "ssm":
		return []target{{param: "target", typ: "AwsEc2Instance", service: "ec2", kind: "instance/"}}
	case "guardduty":
		return []target{{param: "detectorId", typ: "AwsGuardDutyDetector", service: "guardduty", kind: "detector/"}}
	}
	return nil
}

func (c trailCall) targets(g *gather) {
	for _, t := range targetsOf(c.service) {
		if name := c.param(t.param); name != "" {
			g.resource(Resource{Type: t.typ, UID: t.uid(name, g.f)})
		}
	}
	machine := target{typ: "AwsEc2Instance", service: "ec2", kind: "instance/"}
	for _, list := range [...]any{dig(c.params, "instanceIds"), dig(c.params, "instancesSet")} {
		for _, v := range items(list) {
			text, _ := v.(string)
			if name := clean(firstOf(text, word(v, "instanceId")), maxName, false); name != "" {
				g.resource(Resource{Type: machine.typ, UID: machine.uid(name, g.f)})
			}
		}
	}
}

// uid writes the ARN of a resource; a name that is one already stays.
func (t target) uid(name string, f *Finding) string {
	if t.service == "" || arnPart(name, 1) != "" {
		return name
	}
	region, account := f.Region, f.Account
	if t.global || t.nameless {
		region = ""
	}
	if t.nameless {
		account = ""
	}
	return clean("arn:"+f.Partition+":"+t.service+":"+region+":"+account+":"+t.kind+name, maxID, false)
}
