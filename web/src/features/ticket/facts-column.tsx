import type { Ticket } from "@/api/models";
import { shortName } from "@/lib/arn";
import { formatCode, formatCount } from "@/lib/format";
import { safeHref } from "@/lib/safe-url";
import { CopyButton } from "@/ui/copy-button";
import { ExternalLink, LinkedText } from "@/ui/external-link";
import { type Fact, Facts } from "@/ui/facts";
import { Panel } from "@/ui/panel";
import { Time } from "@/ui/time";
import { CheckList } from "./check-list";
import { checkCount } from "./exit-checks";
import { TimersPanel } from "./timers-panel";
import { assetTags, factLines, factValues } from "./ticket-facts";

/** What is known about the incident, as the detectors tell it. */
export function FactsColumn({ ticket }: { ticket: Ticket }) {
  const checks = ticket.exit_checks;
  return (
    <div className="ticket-column">
      {ticket.description && (
        <Panel title="Summary">
          <Clamped text={ticket.description} />
        </Panel>
      )}
      <TimersPanel ticket={ticket} />
      {checks.length > 0 && (
        <Panel title={`${formatCode(ticket.phase)} exit checks`} aside={checkCount(checks)}>
          <CheckList checks={checks} />
        </Panel>
      )}
      <Panel title="Key facts">
        <Facts facts={keyFacts(ticket)} />
      </Panel>
      <Remediation facts={ticket.facts} />
    </div>
  );
}

function keyFacts(ticket: Ticket): Fact[] {
  const tags = assetTags(ticket.assets);
  return [
    ["Account", ticket.account && <code>{ticket.account}</code>],
    ["Region", ticket.region],
    ["Resource", ticket.resource && <Resource key="resource" uid={ticket.resource} />],
    ["Resource tags", tags.length > 0 && <Lines lines={tags} />],
    ...factLines(ticket.facts).map(({ label, lines }): Fact => [label, <Lines key={label} lines={lines} />]),
    ["Techniques", ticket.techniques.join(", ")],
    ["Type", formatCode(ticket.type)],
    ["Source", ticket.source],
    ["Opened", <Time key="opened" at={ticket.opened_at} />],
    ["Acknowledged", ticket.acknowledged_at && <Time at={ticket.acknowledged_at} />],
  ];
}

/** The part of a name that tells things apart; the whole of it is one hover and one copy away. */
function Resource({ uid }: { uid: string }) {
  return (
    <span className="resource">
      <code title={uid}>{shortName(uid)}</code>
      <CopyButton text={uid} label="Copy ARN" />
    </span>
  );
}

const LINES = 6;

function Lines({ lines }: { lines: readonly string[] }) {
  return (
    <ul className="fact-lines">
      {lines.slice(0, LINES).map((line) => (
        <li key={line}>{line}</li>
      ))}
      {lines.length > LINES && <li className="muted">and {formatCount(lines.length - LINES)} more, under Findings</li>}
    </ul>
  );
}

function Remediation({ facts }: { facts: Ticket["facts"] }) {
  const texts = factValues(facts, "remediation");
  const guides = factValues(facts, "remediation_url").filter(safeHref);
  const sources = factValues(facts, "source_url").filter(safeHref);
  if (texts.length + guides.length + sources.length === 0) return null;
  return (
    <Panel title="Remediation">
      {texts.slice(0, LINES).map((text) => (
        <Clamped key={text} text={text} />
      ))}
      <ul className="fact-lines">
        {guides.slice(0, LINES).map((guide) => (
          <li key={guide}>
            <ExternalLink href={guide}>Guide</ExternalLink>
          </li>
        ))}
        {sources.slice(0, LINES).map((source) => (
          <li key={source}>
            <ExternalLink href={source}>The finding at its source</ExternalLink>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

const LONG = 400;

/** Long text shows its beginning; the rest opens in place. */
function Clamped({ text }: { text: string }) {
  if (text.length <= LONG) return <LinkedText text={text} />;
  return (
    <details className="clamped">
      <summary>
        <LinkedText text={`${text.slice(0, LONG).trimEnd()}…`} />
        <span className="clamped-more">Show all</span>
      </summary>
      <LinkedText text={text} />
    </details>
  );
}
