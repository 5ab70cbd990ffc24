// Floods: what a standard that was just switched on, a scanner and a broken detector send.
import { randomUUID } from "node:crypto";
import { asff } from "./asff.mjs";

const account = "111122223333";
const region = "eu-west-1";

/** A failed control, as Security Hub sends it; each of a bucket of its own. */
export function control(n, { severity = "HIGH", id = randomUUID(), control: name = "S3.8" } = {}) {
  return asff({
    id,
    title: `S3 buckets should block public access (${n})`,
    severity,
    Id: `arn:aws:securityhub:${region}:${account}:security-control/${name}/finding/${id}`,
    ProductArn: `arn:aws:securityhub:${region}::product/aws/securityhub`,
    ProductName: "Security Hub",
    CompanyName: "AWS",
    GeneratorId: `security-control/${name}`,
    Types: ["Software and Configuration Checks/Industry and Regulatory Standards"],
    Compliance: { Status: "FAILED", SecurityControlId: name },
    Network: undefined,
    Resources: [{ Type: "AwsS3Bucket", Id: `arn:aws:s3:::bucket-${n}-${id.slice(0, 8)}`, Partition: "aws", Region: region }],
  });
}

/** A weakness in an image, as Inspector reports it. */
export function weakness(n, id = randomUUID()) {
  return asff({
    id,
    title: `CVE-2026-${10_000 + n} in an image`,
    severity: "HIGH",
    Id: `arn:aws:inspector2:${region}:${account}:finding/${id}`,
    ProductArn: `arn:aws:securityhub:${region}::product/aws/inspector`,
    ProductName: "Inspector",
    GeneratorId: "AWSInspector",
    Types: ["Software and Configuration Checks/Vulnerabilities/CVE"],
    Network: undefined,
    Resources: [{ Type: "AwsEcrContainerImage", Id: `arn:aws:ecr:${region}:${account}:repository/app-${n}/sha256:${id.replaceAll("-", "")}`, Partition: "aws", Region: region }],
    Vulnerabilities: [{ Id: `CVE-2026-${10_000 + n}`, Vendor: { Name: "NVD" } }],
  });
}

/** Detections of one kind, each of a host of its own. */
export function detections(count, title, rest = {}) {
  return Array.from({ length: count }, (_, n) => asff({ id: randomUUID(), title: `${title} ${n + 1}`, instance: `i-${randomUUID().slice(0, 8)}`, ip: `198.51.100.${n % 250}`, ...rest }));
}
