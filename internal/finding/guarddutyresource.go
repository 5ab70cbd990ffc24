package finding

import "tocsin/internal/ioc"

// readGuardDutyResources reads the resource object, which has one member for
// each kind of thing the finding touches.
func readGuardDutyResources(r *node, g *gather) {
	readGuardDutyInstance(r.child("instanceDetails"), g)
	readGuardDutyKey(r.child("accessKeyDetails"), g)
	r.each("s3BucketDetails", maxList, func(b *node) {
		g.resource(Resource{Type: "AwsS3Bucket", UID: b.name("arn"), Name: b.name("name"), Tags: tagList(b, "tags", "key")})
		b.each("s3ObjectDetails", maxList, func(o *node) { g.hash(o.str("hash"), RoleResource) })
	})
	for _, c := range [...]struct{ key, typ, uid, name string }{
		{"eksClusterDetails", "AwsEksCluster", "arn", "name"},
		{"ecsClusterDetails", "AwsEcsCluster", "arn", "name"},
		{"lambdaDetails", "AwsLambdaFunction", "functionArn", "functionName"},
		{"rdsDbInstanceDetails", "AwsRdsDbInstance", "dbInstanceArn", "dbInstanceIdentifier"},
		{"rdsLimitlessDbDetails", "AwsRdsDbShardGroup", "dbShardGroupArn", "dbShardGroupIdentifier"},
		{"containerDetails", "Container", "id", "name"},
		{"ebsSnapshotDetails", "AwsEc2Snapshot", "snapshotArn", ""},
		{"ec2ImageDetails", "AwsEc2Image", "imageArn", ""},
		{"recoveryPointDetails", "AwsBackupRecoveryPoint", "recoveryPointArn", ""},
	} {
		d := r.child(c.key)
		name := ""
		if c.name != "" {
			name = d.name(c.name)
		}
		g.resource(Resource{Type: c.typ, UID: d.name(c.uid), Name: name, Tags: tagList(d, "tags", "key")})
	}
	readGuardDutyPeople(r, g)
}

func readGuardDutyInstance(i *node, g *gather) {
	id := i.name("instanceId")
	if id == "" {
		return
	}
	f := g.f
	g.resource(Resource{
		Type: "AwsEc2Instance", Tags: tagList(i, "tags", "key"),
		UID: "arn:" + f.Partition + ":ec2:" + f.Region + ":" + f.Account + ":instance/" + id,
	})
	i.each("networkInterfaces", maxList, func(n *node) {
		g.ownIP(n.str("publicIp"))
		g.ownIP(n.str("privateIpAddress"))
		for _, ip := range n.names("ipv6Addresses", maxList) {
			g.ownIP(ip)
		}
		g.mine(n.str("publicDnsName"))
	})
}

// readGuardDutyKey reads the credentials that acted.
func readGuardDutyKey(k *node, g *gather) {
	if k == nil {
		return
	}
	user, principal, key := k.name("userName"), k.name("principalId"), k.name("accessKeyId")
	g.f.Principal = firstOf(g.f.Principal, user, principal, key)
	g.value(key, RoleActor, ioc.AWSKeyID)
	g.resource(Resource{Type: "AwsIamAccessKey", UID: firstOf(key, principal, user), Name: firstOf(user, principal, key)})
	g.mine(principal)
}

// readGuardDutyPeople reads users of clusters and databases.
func readGuardDutyPeople(r *node, g *gather) {
	cluster := r.child("kubernetesDetails")
	g.f.Principal = firstOf(g.f.Principal,
		cluster.child("kubernetesUserDetails").name("username"), r.child("rdsDbUserDetails").name("user"))
	work := cluster.child("kubernetesWorkloadDetails")
	g.resource(Resource{Type: "KubernetesWorkload", UID: work.name("uid"), Name: work.name("name")})
}
