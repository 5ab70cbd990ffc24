// A finding as Security Hub sends it (ASFF): a detection of credential use from a remote address.
import { randomUUID } from "node:crypto";
const account = "111122223333";
const region = "eu-west-1";
const at = (minutesAgo) => new Date(Date.now() - minutesAgo * 60_000).toISOString();

/** { id, title, severity } and what else differs; the same id again is the same finding. */
export function asff({ id, title, severity = "HIGH", instance = "i-0a1b2c3d4e5f67890", ip = "185.220.101.4", ...rest }) {
  return {
    SchemaVersion: "2018-10-08",
    Id: `arn:aws:guardduty:${region}:${account}:detector/0a1b2c/finding/${id}`,
    ProductArn: `arn:aws:securityhub:${region}::product/aws/guardduty`,
    ProductName: "GuardDuty",
    CompanyName: "Amazon",
    Region: region,
    GeneratorId: `arn:aws:guardduty:${region}:${account}:detector/0a1b2c`,
    AwsAccountId: account,
    Types: ["TTPs/UnauthorizedAccess:IAMUser-InstanceCredentialExfiltration.OutsideAWS"],
    FirstObservedAt: at(12),
    LastObservedAt: at(3),
    CreatedAt: at(12),
    UpdatedAt: at(3),
    Severity: { Label: severity, Original: "8.0" },
    Title: title,
    Description: "Credentials of an instance role were used from outside AWS.",
    Remediation: { Recommendation: { Text: "Revoke the sessions of the role.", Url: "https://docs.aws.amazon.com/guardduty/latest/ug/compromised-creds.html" } },
    SourceUrl: "https://eu-west-1.console.aws.amazon.com/guardduty/home",
    Network: { Direction: "IN", Protocol: "TCP", SourceIpV4: ip, SourcePort: 443 },
    Resources: [{ Type: "AwsEc2Instance", Id: `arn:aws:ec2:${region}:${account}:instance/${instance}`, Partition: "aws", Region: region, Tags: { Team: "Payments" } }],
    Workflow: { Status: "NEW" },
    RecordState: "ACTIVE",
    ...rest,
  };
}

/** The same in the envelope in which it comes over EventBridge. */
export function envelope(finding, detailType = "Security Hub Findings - Imported") {
  return {
    version: "0",
    id: randomUUID(),
    "detail-type": detailType,
    source: "aws.securityhub",
    account,
    time: at(1),
    region,
    resources: [],
    detail: { findings: [finding] },
  };
}
