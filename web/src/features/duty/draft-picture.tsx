import { useQueries } from "@tanstack/react-query";
import { $api } from "@/api/client";
import type { User } from "@/api/people";
import type { Stretch } from "@/lib/axis";
import { formatList } from "@/lib/format";
import { useNow } from "@/lib/now";
import { toProblem } from "@/lib/problem";
import { cx } from "@/ui/cx";
import { Panel } from "@/ui/panel";
import { Skeleton } from "@/ui/states";
import { Picture } from "./schedule-view";
import type { Roster } from "./types";
import { gapsWords, hoursWords } from "./words";

interface PictureProps {
  drawn: { data: Roster | undefined; error: unknown; behind: boolean; isPlaceholderData: boolean; isFetching: boolean };
  stretch: Stretch;
  zone: string;
  me: string;
  names: readonly User[];
}

/** What the draft would come to, before anything is saved. */
export function DraftPicture({ drawn, stretch, zone, me, names }: PictureProps) {
  const stale = drawn.behind || drawn.isPlaceholderData;
  return (
    <Panel title="What it would come to" aside="five weeks" className="duty-preview">
      <div role="status">{drawn.error ? <p className="duty-nobody-word">▲ {toProblem(drawn.error).message}</p> : null}</div>
      {drawn.data && !drawn.error ? (
        <div className={cx(stale && "duty-stale")}>
          <Picture label="The draft, drawn" roster={drawn.data} stretch={stretch} zone={zone} me={me} />
          <Sums roster={drawn.data} zone={zone} />
          <Unreachable roster={drawn.data} names={names} />
        </div>
      ) : drawn.isFetching ? (
        <Skeleton lines={4} label="Drawing the draft" />
      ) : (
        !drawn.error && <p className="muted">Add a person and it is drawn.</p>
      )}
    </Panel>
  );
}

/** Gaps, and how much each person has. */
function Sums({ roster, zone }: { roster: Roster; zone: string }) {
  const now = useNow(60_000);
  const gaps = gapsWords(roster.gaps, now, zone);
  const hours = new Map<string, number>();
  for (const shift of roster.final) hours.set(shift.name, (hours.get(shift.name) ?? 0) + shift.hours);
  return (
    <>
      <p className={cx(gaps && "duty-gaps")}>{gaps ? `▲ Nobody is on duty in ${gaps}.` : "✓ Somebody is on duty all the time."}</p>
      <p className="muted">{[...hours].map(([name, sum]) => `${name} ${hoursWords(sum)}`).join(" · ")}</p>
    </>
  );
}

/** Who would be on duty without a way to be told that is known to work. */
function Unreachable({ roster, names }: { roster: Roster; names: readonly User[] }) {
  const people = [...new Set(roster.final.map((shift) => shift.person))].slice(0, 20);
  return <UnreachableOf people={people} nameOf={(id) => names.find((user) => user.id === id)?.name ?? ""} />;
}

function UnreachableOf({ people, nameOf }: { people: readonly string[]; nameOf: (id: string) => string }) {
  const answers = useQueries({ queries: people.map((id) => $api.queryOptions("get", "/users/{id}/reachable", { params: { path: { id } } })) });
  const missing = people.filter((_, i) => answers[i]?.data?.confirmed === false).map(nameOf);
  if (missing.length === 0) return null;
  return <p className="duty-gaps">▲ {formatList(missing)} {missing.length === 1 ? "has" : "have"} no confirmed way to be told. Each can confirm one under Notifications.</p>;
}
