import { Link } from "@tanstack/react-router";
import { formatCount } from "@/lib/format";
import { CopyButton } from "@/ui/copy-button";
import type { Fact } from "@/ui/facts";
import { Time } from "@/ui/time";
import type { FindingDetail } from "./words";

/** What the normal form says, label by label; what is unknown is left out. */
export function detailFacts(f: FindingDetail): Fact[] {
  const remotes = f.remotes.map(remoteWords).filter(Boolean);
  const tags = f.resources.flatMap((resource) => Object.entries(resource.tags ?? {}).map(([name, value]) => (value ? `${name}=${value}` : name)));
  return [
    ["Description", f.description && <span className="linked-text">{f.description}</span>],
    ["Account", [f.account, f.account_name].filter(Boolean).join(" · ")],
    ["Region", f.region],
    ["Resources", f.resources.length > 0 && <Lines code lines={f.resources.map((resource) => resource.uid || resource.name)} />],
    ["Tags", tags.length > 0 && <Lines lines={tags} />],
    ["Principal", f.principal],
    ["Action", f.action],
    ["Remote", remotes.length > 0 && <Lines lines={remotes} />],
    ["Control", f.control],
    ["Techniques", f.techniques.join(", ")],
    ["Type", f.types.length > 0 && <Lines lines={f.types} />],
    ["Detector says", f.severity_original && `severity ${f.severity_original}`],
    ["Counted", f.count > 1 && `${formatCount(f.count)} times by the detector`],
    ["Product", [f.vendor, f.product].filter(Boolean).join(" · ")],
    ["Rule", f.generator],
    ["Format", formats[f.format]],
    ["Came by", <Source key="source" source={f.source} />],
    ["Sample", f.sample && "the detector made it up"],
    ["First seen", f.first_seen && <Time at={f.first_seen} />],
    ["Last seen", f.last_seen && <Time at={f.last_seen} />],
    ["Received", <Time key="received" at={f.received_at} />],
    [
      "Its own id",
      f.uid && (
        <span>
          <code>{f.uid}</code> <CopyButton text={f.uid} />
        </span>
      ),
    ],
  ];
}

const formats = {
  asff: "ASFF",
  guardduty: "GuardDuty",
  ocsf: "OCSF",
  inspector: "Inspector",
  macie: "Macie",
  "access-analyzer": "IAM Access Analyzer",
  health: "AWS Health",
  cloudtrail: "CloudTrail",
  "malware-scan": "GuardDuty malware scan",
  "security-ir": "AWS Security Incident Response",
  insight: "Security Hub insight",
  config: "AWS Config",
  notice: "AWS event",
  custom: "A mapping",
};

/** "connection:<id>" leads to that connection; anything else is said as it is. */
function Source({ source }: { source: string }) {
  const [kind, id] = source.split(":", 2);
  if (kind !== "connection" || !id) return source;
  return (
    <Link to="/connections/$id" params={{ id }}>
      a connection
    </Link>
  );
}

type Remote = FindingDetail["remotes"][number];

/** "185.220.101.4:443 · DE · AS60729 Example · inbound": what is known of the other end. */
export function remoteWords(remote: Remote): string {
  const address = remote.ip || remote.domain;
  const port = remote.port > 0 ? `:${remote.port}` : "";
  const name = remote.ip && remote.domain ? remote.domain : "";
  const place = [remote.country, remote.city].filter(Boolean).join(" ");
  const network = [remote.asn, remote.org].filter(Boolean).join(" ");
  return [address && address + port, name, place, network, remote.direction].filter(Boolean).join(" · ");
}

const LINES = 10;

function Lines({ lines, code }: { lines: readonly string[]; code?: boolean }) {
  return (
    <ul>
      {lines.slice(0, LINES).map((line, i) => (
        <li key={`${i} ${line}`}>{code ? <code>{line}</code> : line}</li>
      ))}
      {lines.length > LINES && <li className="muted">and {formatCount(lines.length - LINES)} more in the original</li>}
    </ul>
  );
}
