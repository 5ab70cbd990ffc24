import type { Action } from "@/lib/actions";
import { ActionButton, Button } from "@/ui/button";
import { Countdown, Time } from "@/ui/time";
import { formatCode } from "@/lib/format";
import type { AskedPause } from "./pauses";

/** The owner is asked; without an answer the ticket is called out again. */
export function StillOnIt({ action, until, busy }: { action: Action; until: string; busy: boolean }) {
  if (action.hidden) return null;
  return (
    <div className="conflict" role="status">
      <div>
        <strong>Still on it?</strong> Nothing significant has happened for a while. Without an answer others are called. {until && <Countdown until={until} />}
      </div>
      <div className="conflict-actions">
        <ActionButton action={action} tone="primary" busy={busy} />
      </div>
    </div>
  );
}

interface AskedProps {
  asked: AskedPause;
  /** Whether the reader may agree, or why not. */
  approve: Action;
  takeBack: Action;
  busy: boolean;
}

/** A critical ticket is paused by two people: here the second one decides. */
export function PauseAsked({ asked, approve, takeBack, busy }: AskedProps) {
  return (
    <div className="conflict" role="status">
      <div>
        <strong>{asked.byName} asks to pause the clocks</strong> until <Time at={asked.until} show="date" />: {formatCode(asked.reason).toLowerCase()}. They run until a lead who is not {asked.byName} agrees.
        {asked.text && <div className="entry-words">{asked.text}</div>}
      </div>
      <div className="conflict-actions">
        {!takeBack.hidden && (
          <Button tone="quiet" blocked={takeBack.blocked} onClick={takeBack.run}>
            {takeBack.label}
          </Button>
        )}
        {!approve.hidden && (
          <Button tone="primary" busy={busy} blocked={approve.blocked} onClick={approve.run}>
            {approve.label}
          </Button>
        )}
      </div>
    </div>
  );
}
