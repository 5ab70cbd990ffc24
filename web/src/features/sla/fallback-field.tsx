import { useQueries } from "@tanstack/react-query";
import { $api } from "@/api/client";
import { useCan } from "@/api/session";
import { Panel } from "@/ui/panel";
import type { LadderProps } from "./ladders-tab";
import { fallbackOptions, fixedOf } from "./who";
import { WhoField } from "./who-field";

/** The last resort: who is called when a level has nobody, each with whether that is known to work. */
export function FallbackField({ ladder, at, known, names, mistakes, readOnly, onChange }: LadderProps) {
  const reach = useReach(ladder.fallback, known.channels);
  return (
    <Panel title="Last resort">
      <p className="muted">Called when a level has nobody, or nobody can be reached. It has to be fixed, and at least one has to have shown that messages arrive.</p>
      <WhoField
        label="Last resort"
        value={ladder.fallback}
        options={fallbackOptions(known)}
        names={names}
        error={mistakes.under(`${at}.fallback`)}
        readOnly={readOnly}
        mark={(text) => <Mark reached={reach(text)} />}
        onChange={(fallback) => onChange({ fallback })}
      />
    </Panel>
  );
}

function Mark({ reached }: { reached: boolean | undefined }) {
  if (reached === undefined) return <span className="muted">not known</span>;
  return reached ? <span className="sla-good">✓ confirmed</span> : <span className="sla-wrong">▲ not confirmed</span>;
}

/** Whether a way to reach somebody is known to work; undefined where nobody may say. */
function useReach(fallback: readonly string[], channels: readonly { connection: string; tested_at: string | null; enabled: boolean }[]) {
  const can = useCan();
  const people = fallback.map(fixedOf).flatMap(({ kind, id }) => (kind === "user" ? [id] : []));
  const answers = useQueries({ queries: people.map((id) => ({ ...$api.queryOptions("get", "/users/{id}/reachable", { params: { path: { id } } }), enabled: can("sla.edit") || can("user.manage") })) });
  return (text: string): boolean | undefined => {
    const { kind, id } = fixedOf(text);
    if (kind === "user") return answers[people.indexOf(id)]?.data?.confirmed;
    const channel = channels.find((one) => one.connection === id);
    return kind === "channel" && channel ? channel.enabled && channel.tested_at !== null : undefined;
  };
}
