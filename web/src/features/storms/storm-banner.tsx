import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useCan } from "@/api/session";
import { formatCount } from "@/lib/format";
import { useStored } from "@/lib/stored";
import { Button } from "@/ui/button";
import { cx } from "@/ui/cx";
import { Time } from "@/ui/time";
import { DecideDialog } from "./decide-dialog";
import { mayDecide } from "./may-decide";
import type { Choice, Storm } from "./types";
import { useStorms } from "./use-storms";
import { choices, heldWords, undecided } from "./words";
import "./storms.css";

const MOST = 2;

/** On every screen while something is held back: what, why, and what can be done. It goes when somebody has decided, not before. */
export default function StormBanner() {
  const storms = useStorms("open");
  const items = storms.data?.items ?? [];
  const rest = items.length - MOST;
  return (
    <div>
      <div role="status" className="visually-hidden">
        {items.some(undecided) && "Findings are held back; somebody has to decide."}
      </div>
      {items.slice(0, rest === 1 ? MOST + 1 : MOST).map((storm) => (
        <Strip key={storm.id} storm={storm} />
      ))}
      {rest > 1 && (
        <div className="banner banner-warn storm-thin">
          <span>
            {rest} more storms. <Link to="/storms">Look</Link>
          </span>
        </div>
      )}
    </div>
  );
}

function Strip({ storm }: { storm: Storm }) {
  const can = useCan();
  const [thin, setThin] = useStored(`storm-thin.${storm.id}`);
  const [choice, setChoice] = useState<Choice>();
  const open = undecided(storm);
  return (
    <>
      <div className={cx("banner banner-warn", thin && "storm-thin")} data-storm={storm.state}>
        <span className="storm-words">
          <strong>
            <span aria-hidden="true">▲ </span>
            {open ? `${heldWords(storm)} ${(storm.waiting || storm.held) === 1 ? "is" : "are"} held back` : progressWords(storm)}
          </strong>{" "}
          {!thin && (
            <>
              (rule “{storm.rule_name}”, since <Time at={storm.began_at} show="clock" />
              {storm.state === "over" && ", the flood is over"}). {open && "Critical findings pass."}
            </>
          )}
        </span>
        <span className="banner-actions">
          {open && !thin && mayDecide(can) && choices.map((one) => (
            <Button key={one.id} onClick={() => setChoice(one.id)}>
              {one.button}
            </Button>
          ))}
          <Link to="/storms" search={{ sel: storm.id }} className="btn btn-plain">
            Look
          </Link>
          <Button tone="quiet" aria-expanded={!thin} aria-label={thin ? "Show the whole banner" : "Make the banner thin"} onClick={() => setThin(thin ? null : "yes")}>
            {thin ? "More" : "Less"}
          </Button>
        </span>
      </div>
      {choice && <DecideDialog storm={storm} choice={choice} onClose={() => setChoice(undefined)} />}
    </>
  );
}

/** How far a choice is carried out. */
function progressWords(storm: Storm): string {
  return `Findings of ${storm.source_name}: ${formatCount(storm.settled)} ${doneWords[storm.choice] ?? "done"}, ${formatCount(storm.waiting)} to go`;
}

const doneWords: Record<string, string> = { open: "opened", group: "grouped", suppress: "suppressed" };
