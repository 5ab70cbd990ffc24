import { Link } from "@tanstack/react-router";
import { Badge } from "@/ui/badge";
import { Facts } from "@/ui/facts";
import { Panel } from "@/ui/panel";
import { Time } from "@/ui/time";
import { countWords, stateTone, stateWord, toldWords, type Traffic } from "./health-words";
import type { Health } from "./types";

/** The state as a word, and since when. */
export function HealthLine({ health, traffic = "read" }: { health: Health; traffic?: Traffic }) {
  return (
    <span className="nowrap">
      <Badge tone={stateTone(health.state)}>{stateWord(health.state, traffic)}</Badge>{" "}
      {health.since && (
        <span className="muted">
          since <Time at={health.since} show="date" />
        </span>
      )}
    </span>
  );
}

/** Everything known about how a connection is doing. */
export function HealthPanel({ health, traffic = "read" }: { health: Health; traffic?: Traffic }) {
  return (
    <Panel title="Health">
      <Facts
        facts={[
          ["State", <HealthLine key="state" health={health} traffic={traffic} />],
          ["Last worked", health.last_ok_at ? <Time at={health.last_ok_at} /> : "Not yet"],
          [health.state === "failing" ? "Why" : "Last error", health.last_error],
          traffic === "told" ? ["Buttons", toldWords(health)] : [traffic === "called" ? "Calls" : "Messages", countWords(health, traffic === "called")],
          ["Last refused", health.refused_at && <Time at={health.refused_at} />],
        ]}
      />
      {health.quarantined > 0 && (
        <p>
          What could not be read is kept. <Link to="/quarantine">Open the quarantine</Link>
        </p>
      )}
    </Panel>
  );
}
