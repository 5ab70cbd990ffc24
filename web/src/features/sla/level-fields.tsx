import { Button } from "@/ui/button";
import { Checkbox, TextField } from "@/ui/field";
import type { LadderProps } from "./ladders-tab";
import { tidyLength } from "./length";
import type { Level } from "./types";
import { levelOptions } from "./who";
import { WhoField } from "./who-field";

interface LevelProps extends LadderProps {
  level: Level;
  place: number;
  onLevel: (patch: Partial<Level>) => void;
  onRemoveLevel: () => void;
}

/** One level: how long after the trigger, and who. */
export function LevelFields({ level, place, at, ladder, known, names, mistakes, readOnly, onLevel, onRemoveLevel }: LevelProps) {
  const here = `${at}.levels[${place - 1}]`;
  return (
    <li className="sla-level" aria-label={`Level ${place}`}>
      <div className="sla-level-head">
        <strong>Level {place}</strong>
        {!readOnly && (
          <Button tone="quiet" aria-label={`Remove level ${place}`} blocked={ladder.levels.length === 1 && "A ladder has at least one"} onClick={onRemoveLevel}>
            Remove
          </Button>
        )}
      </div>
      <div className="sla-level-fields">
        <TextField label="After" value={level.after} help="of the trigger" error={mistakes.at(`${here}.after`)} onChange={(event) => onLevel({ after: tidyLength(event.target.value) })} />
        <WhoField label={`Who is called on level ${place}`} value={level.notify} options={levelOptions(known)} names={names} error={mistakes.under(`${here}.notify`)} readOnly={readOnly} onChange={(notify) => onLevel({ notify })} />
      </div>
      <Checkbox label="Also offer them the ticket" help="They are responsible when they accept, not before." checked={level.reassign} onChange={(event) => onLevel({ reassign: event.target.checked })} />
    </li>
  );
}
