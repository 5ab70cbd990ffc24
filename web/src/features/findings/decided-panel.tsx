import { Link } from "@tanstack/react-router";
import { $api } from "@/api/client";
import { useUsers } from "@/api/people";
import { useCan } from "@/api/session";
import { Panel } from "@/ui/panel";
import { Time } from "@/ui/time";
import { decidedBy } from "./decided";
import type { FindingDetail } from "./words";

/** Why the finding has become what it has: the rule, suppression, window or storm that decided. */
export function DecidedPanel({ finding }: { finding: FindingDetail }) {
  const can = useCan();
  const policy = $api.useQuery("get", "/policy", {}, { enabled: finding.decided !== "" && can("finding.read") });
  if (finding.hold !== "") return <Held id={finding.hold} />;
  if (finding.decided === "" || !policy.data) return null;
  const by = decidedBy(finding.decided, policy.data);
  return (
    <Panel title="Why" aside={<Link to="/policy">Rules</Link>}>
      <p>
        {by ? (
          <>
            {deeds[finding.outcome] ?? "Decided"} by the {by.what} <strong>“{by.rule.name}”</strong>
            {by.until && (
              <>
                {" "}
                until <Time at={by.until} show="date" />
              </>
            )}
            .
          </>
        ) : (
          "Decided by a rule that is no longer there."
        )}
      </p>
      {by && <code className="finding-match">{by.rule.match || "everything"}</code>}
      {by?.owner && <AnswersFor owner={by.owner} reason={by.reason} />}
      <p>
        <Link to="/findings" search={{ q: `decided:${finding.decided}` }}>
          All that it decided
        </Link>
      </p>
    </Panel>
  );
}

const deeds: Record<string, string> = { suppressed: "Silenced", recorded: "Only recorded", opened: "A ticket was opened", joined: "It came to a ticket" };

function AnswersFor({ owner, reason }: { owner: string; reason: string | undefined }) {
  const users = useUsers();
  const name = users.data?.find((user) => user.id === owner)?.name;
  return (
    <p>
      {reason} {name && <span className="muted">({name} answers for it.)</span>}
    </p>
  );
}

/** While a storm holds it back, that is the reason. */
function Held({ id }: { id: string }) {
  const can = useCan();
  const storm = $api.useQuery("get", "/storms/{id}", { params: { path: { id } } }, { enabled: can("ticket.read") });
  return (
    <Panel title="Why">
      <p>
        Held back by a storm{storm.data && ` of ${storm.data.source_name}`}: more came than the rule {storm.data ? <strong>“{storm.data.rule_name}”</strong> : "allows"}
        {storm.data && " allows"}. It is kept; somebody decides what becomes of it.
      </p>
      <p>
        <Link to="/storms" search={{ sel: id }}>
          The storm
        </Link>
      </p>
    </Panel>
  );
}
