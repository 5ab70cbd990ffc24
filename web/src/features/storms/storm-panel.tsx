import { Link } from "@tanstack/react-router";
import { useLayoutEffect, useRef, useState } from "react";
import { useUsers } from "@/api/people";
import { useCan } from "@/api/session";
import { formatCount, formatPlural } from "@/lib/format";
import { formatDuration } from "@/lib/time";
import { severities } from "@/lib/words";
import { SeverityChip } from "@/ui/badge";
import { Button } from "@/ui/button";
import { cx } from "@/ui/cx";
import { type Fact, Facts } from "@/ui/facts";
import { Progress } from "@/ui/states";
import { Time } from "@/ui/time";
import { DecideDialog } from "./decide-dialog";
import { mayDecide } from "./may-decide";
import type { Choice, Storm } from "./types";
import { choices, limitWords, stateWords, undecided } from "./words";

/** One storm: how much, of what, since when, who decided and how far that is carried out. */
export function StormPanel({ storm, marked, onMark }: { storm: Storm; marked: boolean; onMark: () => void }) {
  const can = useCan();
  const [choice, setChoice] = useState<Choice>();
  const frame = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    if (marked) frame.current?.scrollIntoView({ block: "nearest" });
  }, [marked]);
  const open = undecided(storm);
  return (
    <section ref={frame} className={cx("panel", open && "storm-undecided", marked && "storm-marked")} aria-labelledby={`storm-${storm.id}`}>
      <div className="panel-head">
        <h2 id={`storm-${storm.id}`}>
          {storm.source_name}: {storm.rule_name}
        </h2>
        <span className={cx("panel-aside", open && "storm-state")}>
          {open && <span aria-hidden="true">▲ </span>}
          {stateWords(storm)}
        </span>
      </div>
      <div className="storm-columns">
        <div className="storm-numbers">
          <p className="storm-count">
            <strong>{formatCount(storm.held)}</strong> <span className="muted">held back{storm.waiting > 0 && storm.waiting !== storm.held && `, ${formatCount(storm.waiting)} still waiting`}</span>
          </p>
          {storm.waiting > 0 && <BySeverity storm={storm} />}
          {storm.state === "settling" && <Progress label={`${formatPlural(storm.settled, { one: "finding", other: "findings" })} of ${formatCount(storm.settled + storm.waiting)} settled`} done={storm.settled} total={storm.settled + storm.waiting} />}
        </div>
        <StormFacts storm={storm} />
        <Examples storm={storm} />
      </div>
      {open && mayDecide(can) && (
        <div className="storm-buttons">
          {choices.map((one) => (
            <Button
              key={one.id}
              onClick={() => {
                onMark();
                setChoice(one.id);
              }}
            >
              {one.button}
            </Button>
          ))}
        </div>
      )}
      {choice && <DecideDialog storm={storm} choice={choice} onClose={() => setChoice(undefined)} />}
    </section>
  );
}

/** What waits, by severity: a bar each, as long as its share. */
function BySeverity({ storm }: { storm: Storm }) {
  const known = severities.filter((severity) => (storm.by_severity[severity] ?? 0) > 0);
  return (
    <ul className="storm-bars" aria-label="Waiting, by severity">
      {known.map((severity) => (
        <li key={severity}>
          <SeverityChip severity={severity} />
          <span className="storm-track" aria-hidden="true">
            <span className={cx("storm-bar", `tone-${severity}`)} style={{ width: `${Math.max(1, ((storm.by_severity[severity] ?? 0) / storm.waiting) * 100)}%` }} />
          </span>
          <span className="num">{formatCount(storm.by_severity[severity] ?? 0)}</span>
        </li>
      ))}
    </ul>
  );
}

function StormFacts({ storm }: { storm: Storm }) {
  const users = useUsers();
  const person = users.data?.find((user) => user.id === storm.decided_by)?.name ?? "somebody";
  const facts: Fact[] = [
    ["Began", <Time key="began" at={storm.began_at} />],
    ["Lasted", storm.ended_at && formatDuration(Date.parse(storm.ended_at) - Date.parse(storm.began_at))],
    ["Last came", !storm.ended_at && <Time key="last" at={storm.last_at} />],
    ["Because", limitWords(storm)],
    ["Only", storm.same && `${storm.same.kind} in ${storm.same.account}`],
    [
      "Ticket",
      storm.number && (
        <Link to="/tickets/$number" params={{ number: storm.number }}>
          {storm.number}
        </Link>
      ),
    ],
    [
      "Decided",
      storm.decided_at && (
        <>
          {person}, <Time at={storm.decided_at} />
        </>
      ),
    ],
    ["Why", storm.reason],
  ];
  return <Facts facts={facts} />;
}

function Examples({ storm }: { storm: Storm }) {
  if (storm.examples.length === 0) return null;
  return (
    <div>
      <h3>Some of them</h3>
      <ul className="storm-examples">
        {storm.examples.map((finding) => (
          <li key={finding.id}>
            <SeverityChip severity={finding.severity} />
            <Link to="/findings/$id" params={{ id: finding.id }}>
              {finding.title}
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}
