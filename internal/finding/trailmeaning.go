package finding

import "strings"

// trailMeaning is the table of calls that matter, by service. The severities are
// ours: critical for what hands over the account, high for what hides, takes or
// gives away, medium for what prepares that and is also done in good faith, low
// for what is only worth a line. The techniques are ATT&CK's for the cloud.
func trailMeaning(c trailCall) meaning {
	switch c.service {
	case "signin":
		return signinMeaning(c)
	case "iam", "sts", "rolesanywhere", "organizations", "sso", "sso-directory":
		return identityMeaning(c)
	case "ec2", "ec2-instance-connect", "route53resolver", "wafv2", "rds":
		return networkMeaning(c)
	case "s3", "kms", "secretsmanager", "ssm", "backup", "lambda", "ecr":
		return dataMeaning(c)
	}
	return watchMeaning(c)
}

// signinMeaning judges sign-ins to the console. Who signs in through an identity
// provider shows no second factor here even with one, so that only counts for
// IAM users and the root user.
func signinMeaning(c trailCall) meaning {
	switch c.name {
	case "ConsoleLogin":
	case "PasswordRecoveryRequested", "PasswordRecoveryCompleted":
		return means(High, "Recovery of the root user's password", "T1078.004")
	default:
		return meaning{}
	}
	failed := word(c.answer, "ConsoleLogin") == "Failure"
	single := word(c.more, "MFAUsed") == "No"
	switch {
	case failed && c.root:
		return meaning{Medium, "Failed sign-in as the root user", "T1110", ".RootFailure"}
	case failed:
		return meaning{Low, "Failed sign-in", "T1110", ".Failure"}
	case c.root && single:
		return meaning{Critical, "Sign-in as the root user without a second factor", "T1078.004", ".Root"}
	case c.root:
		return meaning{High, "Sign-in as the root user", "T1078.004", ".Root"}
	case c.user && single:
		return meaning{Medium, "Sign-in without a second factor", "T1078.004", ".WithoutMFA"}
	}
	return meaning{}
}

func means(severity Severity, what, techniques string) meaning {
	return meaning{severity: severity, what: what, techniques: techniques}
}

func identityMeaning(c trailCall) meaning {
	switch c.name {
	case "CreateUser":
		return means(Medium, "A user was created", "T1136.003")
	case "CreateAccessKey":
		if other := c.param("userName"); other != "" && other != c.self {
			return means(High, "An access key was created for another user", "T1098.001")
		}
		return means(Medium, "An access key was created", "T1098.001")
	case "CreateLoginProfile":
		return means(High, "A user was given a password", "T1098")
	case "UpdateLoginProfile":
		return means(High, "A user's password was changed by somebody", "T1098")
	case "AttachUserPolicy", "AttachRolePolicy", "AttachGroupPolicy":
		if strings.HasSuffix(c.param("policyArn"), ":aws:policy/AdministratorAccess") {
			return means(High, "Administrator rights were given", "T1098.003")
		}
		return means(Low, "Rights were given", "T1098.003")
	case "PutUserPolicy", "PutRolePolicy", "PutGroupPolicy", "CreatePolicyVersion", "CreatePolicy":
		if policyOf(dig(c.params, "policyDocument")).admin() {
			return means(High, "A policy that allows everything was written", "T1098.003")
		}
		return means(Low, "A policy was written", "T1098.003")
	case "UpdateAssumeRolePolicy", "CreateRole":
		return trustMeaning(c)
	case "DeactivateMFADevice", "DeleteVirtualMFADevice":
		return means(High, "A second factor was removed", "T1556.006")
	case "DeleteAccountPasswordPolicy":
		return means(Medium, "The password policy was removed", "T1556")
	case "DeleteUserPermissionsBoundary", "DeleteRolePermissionsBoundary":
		return means(High, "A limit of rights was removed", "T1098.003")
	case "CreateSAMLProvider", "UpdateSAMLProvider", "CreateOpenIDConnectProvider", "AddClientIDToOpenIDConnectProvider":
		return means(High, "A way to sign in from outside was set up", "T1484.002")
	case "CreateTrustAnchor":
		return means(High, "A foreign certificate authority was trusted", "T1098.001")
	case "CreateServiceSpecificCredential", "UploadSSHPublicKey", "UploadSigningCertificate":
		return means(Medium, "A credential was added to a user", "T1098.001")
	case "AddUserToGroup", "UpdateAccessKey", "SetDefaultPolicyVersion", "CreateProfile":
		return means(Low, "An identity was changed", "T1098")
	}
	return organizationMeaning(c)
}

func trustMeaning(c trailCall) meaning {
	p := policyOf(firstPresent(dig(c.params, "policyDocument"), dig(c.params, "assumeRolePolicyDocument")))
	switch {
	case p.public():
		return means(Critical, "A role was opened to everybody", "T1098")
	case p.foreign(c.account):
		return means(High, "A role was opened to another account", "T1098")
	case c.name == "UpdateAssumeRolePolicy":
		return means(Medium, "Who may take on a role was changed", "T1098")
	}
	return meaning{}
}

func firstPresent(list ...any) any {
	for _, v := range list {
		if v != nil {
			return v
		}
	}
	return nil
}

func organizationMeaning(c trailCall) meaning {
	switch c.name {
	case "GetFederationToken":
		return means(Medium, "Credentials were made that outlive their key", "T1550.001")
	case "AssumeRoot":
		return means(High, "The root user of a member account was taken on", "T1078.004")
	case "LeaveOrganization", "RemoveAccountFromOrganization":
		return means(High, "An account left the organization", "T1666")
	case "CloseAccount", "DeleteOrganization":
		return means(High, "An account or organization was closed", "T1531")
	case "DetachPolicy", "DisablePolicyType", "DeletePolicy":
		if c.service == "organizations" {
			return means(Medium, "A guard rail of the organization was removed", "T1562.001")
		}
	case "CreateAccountAssignment", "AttachManagedPolicyToPermissionSet", "PutInlinePolicyToPermissionSet":
		return means(Medium, "Rights in the organization were given", "T1098.003")
	}
	return meaning{}
}

func networkMeaning(c trailCall) meaning {
	switch c.name {
	case "AuthorizeSecurityGroupIngress", "ModifySecurityGroupRules":
		open, risky := c.openToAll()
		switch {
		case risky:
			return means(High, "Remote access or a database was opened to everybody", "T1562.007")
		case open:
			return means(Medium, "A port was opened to everybody", "T1562.007")
		}
		return means(Info, "A port was opened", "T1562.007")
	case "ModifySnapshotAttribute", "ModifyImageAttribute":
		added := append(items(dig(c.params, "createVolumePermission", "add")), items(dig(c.params, "launchPermission", "add"))...)
		if c.sharedWith(added) {
			return means(High, "A copy of a disk was given to others", "T1537")
		}
	case "ModifyDBSnapshotAttribute", "ModifyDBClusterSnapshotAttribute":
		if c.sharedWith(items(dig(c.params, "valuesToAdd"))) {
			return means(High, "A copy of a database was given to others", "T1537")
		}
	case "ModifyDBInstance", "CreateDBInstance":
		if c.isTrue("publiclyAccessible") {
			return means(Medium, "A database was made reachable from outside", "T1190")
		}
	case "DeleteDBInstance", "DeleteDBCluster":
		if c.isTrue("skipFinalSnapshot") {
			return means(Medium, "A database was deleted without a copy", "T1485")
		}
	case "ModifyInstanceAttribute":
		if dig(c.params, "userData") != nil {
			return means(High, "What a machine runs when it starts was changed", "T1578 T1059")
		}
	case "GetPasswordData":
		return means(Medium, "The administrator's password of a machine was read", "T1552")
	case "SendSSHPublicKey", "SendSerialConsoleSSHPublicKey":
		return means(Medium, "A key was put on a machine", "T1021.004")
	case "EnableSerialConsoleAccess":
		return means(Medium, "The serial console of machines was enabled", "T1021.008")
	}
	return networkWatchMeaning(c)
}

func networkWatchMeaning(c trailCall) meaning {
	switch c.name {
	case "DeleteFlowLogs":
		return means(High, "The record of network traffic was removed", "T1562.008")
	case "DeleteResolverQueryLogConfig", "DisassociateResolverQueryLogConfig":
		return means(High, "The record of name lookups was removed", "T1562.008")
	case "CreateTrafficMirrorSession":
		return means(High, "Network traffic is being copied", "T1040")
	case "DisableEbsEncryptionByDefault":
		return means(Medium, "Encryption of disks was turned off", "T1562.001")
	case "AssociateIamInstanceProfile", "ReplaceIamInstanceProfileAssociation":
		return means(Medium, "A machine was given another role", "T1098.003")
	case "DisassociateWebACL", "DeleteWebACL", "DeleteRuleGroup":
		return means(Medium, "A firewall rule was removed", "T1562.007")
	}
	return meaning{}
}

func dataMeaning(c trailCall) meaning {
	switch c.name {
	case "PutBucketPolicy", "SetRepositoryPolicy", "PutResourcePolicy", "PutKeyPolicy":
		p := policyOf(firstPresent(dig(c.params, "bucketPolicy"), dig(c.params, "policyText"), dig(c.params, "resourcePolicy"), dig(c.params, "policy")))
		switch {
		case p.public():
			return means(High, "Data was opened to everybody", "T1530")
		case p.foreign(c.account):
			return means(Medium, "Data was opened to another account", "T1537")
		}
		return means(Info, "Who may read data was changed", "")
	case "PutBucketAcl", "PutObjectAcl":
		if strings.Contains(c.param("x-amz-acl"), "public") || strings.Contains(string(appendCanonical(nil, c.params)), "groups/global/AllUsers") {
			return means(High, "Data was opened to everybody", "T1530")
		}
	case "DeleteBucketPublicAccessBlock", "DeleteAccountPublicAccessBlock", "DeletePublicAccessBlock":
		return means(High, "The guard against public data was removed", "T1562.001")
	case "PutBucketReplication":
		return means(Medium, "Data is being copied to another bucket", "T1537")
	case "PutBucketVersioning":
		if c.param("VersioningConfiguration", "Status") == "Suspended" {
			return means(Medium, "Old versions of data are no longer kept", "T1490")
		}
	case "DeleteBucket", "DeleteBucketPolicy":
		return means(Low, "A bucket or its policy was deleted", "T1485")
	case "ScheduleKeyDeletion", "DisableKey":
		return means(High, "A key that data is encrypted with is taken away", "T1485")
	case "DeleteBackupVault", "DeleteRecoveryPoint":
		return means(High, "A backup was deleted", "T1490")
	}
	return secretMeaning(c)
}

func secretMeaning(c trailCall) meaning {
	switch c.name {
	case "GetSecretValue":
		return means(Low, "A secret was read", "T1555.006")
	case "BatchGetSecretValue":
		return means(Medium, "Many secrets were read at once", "T1555.006")
	case "DeleteSecret":
		return means(Low, "A secret was deleted", "T1485")
	case "GetParameter", "GetParameters", "GetParametersByPath":
		if c.isTrue("withDecryption") {
			return means(Low, "A stored secret was read", "T1552")
		}
	case "SendCommand":
		return means(Medium, "A command was run on machines", "T1651")
	case "StartSession":
		return means(Low, "A session on a machine was opened", "T1651")
	case "AddPermission":
		if p := c.param("principal"); p == "*" || isAccount(firstOf(arnPart(p, 4), p)) && firstOf(arnPart(p, 4), p) != c.account {
			return means(High, "A function was opened to others", "T1546")
		}
	case "UpdateFunctionCode", "UpdateFunctionConfiguration":
		return means(Low, "A function was changed", "T1648")
	case "CreateFunctionUrlConfig", "UpdateFunctionUrlConfig":
		if c.param("authType") == "NONE" {
			return means(Medium, "A function can be called by everybody", "T1190")
		}
	}
	return meaning{}
}

// watchMeaning judges calls that blind those who watch.
func watchMeaning(c trailCall) meaning {
	switch c.name {
	case "StopLogging", "DeleteTrail", "DeleteEventDataStore", "StopEventDataStoreIngestion":
		return means(High, "The record of calls was stopped", "T1562.008")
	case "UpdateTrail", "PutEventSelectors", "PutInsightSelectors":
		return means(Medium, "What is recorded of calls was changed", "T1562.008")
	case "DeleteDetector", "DisassociateFromMasterAccount", "DisassociateFromAdministratorAccount",
		"StopMonitoringMembers", "DisassociateMembers", "DeleteMembers",
		"DisableSecurityHub", "DisableSecurityHubV2", "BatchDisableStandards", "DisableMacie", "DeleteGraph", "DeleteAnalyzer":
		return means(High, "A detector was turned off", "T1562.001")
	case "UpdateDetector":
		if c.isFalse("enable") {
			return means(High, "A detector was turned off", "T1562.001")
		}
	case "Disable":
		if c.service == "inspector2" {
			return means(High, "A detector was turned off", "T1562.001")
		}
	case "CreateFilter", "CreateIPSet", "UpdateIPSet", "UpdateFilter", "DeletePublishingDestination":
		if c.service == "guardduty" {
			return means(Medium, "What a detector reports was narrowed", "T1562.001")
		}
	case "StopConfigurationRecorder", "DeleteConfigurationRecorder", "DeleteDeliveryChannel":
		return means(High, "The record of changes was stopped", "T1562.001")
	case "DeleteLogGroup", "DeleteLogStream":
		return means(Medium, "Logs were deleted", "T1562.008")
	case "DeleteModelInvocationLoggingConfiguration":
		return means(Medium, "The record of what models are asked was stopped", "T1562.008")
	case "DeleteRule", "DisableRule", "DeleteAlarms", "DisableAlarmActions":
		return means(Low, "An alarm was removed", "T1562.001")
	case "CreateAccessEntry", "AssociateAccessPolicy":
		return means(Medium, "Rights in a cluster were given", "T1098.003")
	}
	return meaning{}
}
