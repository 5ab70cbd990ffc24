import { useId, useState } from "react";
import { Badge } from "@/ui/badge";
import { Checkbox } from "@/ui/field";
import { Input } from "@/ui/input";
import type { User } from "./types";
import { accountState, matching, toggled } from "./words";

// From here on a list needs a filter.
const MANY = 12;

interface MemberBoxesProps {
  users: readonly User[];
  lead: string;
  value: readonly string[];
  onChange: (members: string[]) => void;
  error: string | undefined;
}

/** Who is in the team. The lead always is; those deactivated may stay but not come in. */
export function MemberBoxes({ users, lead, value, onChange, error }: MemberBoxesProps) {
  const id = useId();
  const [text, setText] = useState("");
  const possible = users.filter((user) => user.active || value.includes(user.id));
  const shown = matching(possible, text, true);
  return (
    <fieldset className="people-boxes" aria-describedby={error ? id : undefined}>
      <legend className="field-label">Members</legend>
      {possible.length > MANY && <Input type="search" aria-label="Filter members" placeholder="Name or address" value={text} onChange={(e) => setText(e.target.value)} />}
      <div className="people-members">
        {shown.map((user) => (
          <Checkbox
            key={user.id}
            label={
              <span className="people-name">
                {user.name} <span className="muted">{user.email}</span>
                {user.id === lead && <Badge tone="low">Lead</Badge>}
                {!user.active && <Badge>{accountState(user)}</Badge>}
              </span>
            }
            checked={user.id === lead || value.includes(user.id)}
            disabled={user.id === lead}
            onChange={(e) => onChange(toggled(value, user.id, e.target.checked))}
          />
        ))}
      </div>
      <div className="field-error" id={id} aria-live="polite">
        {error}
      </div>
    </fieldset>
  );
}
