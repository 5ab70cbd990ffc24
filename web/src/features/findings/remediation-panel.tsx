import { safeHref } from "@/lib/safe-url";
import { ExternalLink, LinkedText } from "@/ui/external-link";
import { Panel } from "@/ui/panel";
import type { FindingDetail } from "./words";

/** What the detector advises, and the ways to its own pages. */
export function RemediationPanel({ finding }: { finding: FindingDetail }) {
  const { remediation, remediation_url: guide, source_url: source } = finding;
  if (!remediation && !safeHref(guide) && !safeHref(source)) return null;
  return (
    <Panel title="Remediation">
      {remediation && <LinkedText text={remediation} />}
      <ul>
        {safeHref(guide) && (
          <li>
            <ExternalLink href={guide}>Guide</ExternalLink>
          </li>
        )}
        {safeHref(source) && (
          <li>
            <ExternalLink href={source}>The finding at its source</ExternalLink>
          </li>
        )}
      </ul>
    </Panel>
  );
}
