import { useId } from "react";
import { Checkbox } from "@/ui/field";
import type { Role } from "./types";
import { roleTitle, toggled } from "./words";

interface RoleBoxesProps {
  roles: readonly Role[];
  value: readonly string[];
  onChange: (roles: string[]) => void;
  error: string | undefined;
}

/** The roles to tick, each with what it is for. */
export function RoleBoxes({ roles, value, onChange, error }: RoleBoxesProps) {
  const id = useId();
  return (
    <fieldset className="people-boxes" aria-describedby={error ? id : undefined}>
      <legend className="field-label">Roles</legend>
      <div className="people-boxes-grid">
        {roles.map((role) => (
          <Checkbox key={role.name} label={roleTitle(role.name)} help={role.meaning} checked={value.includes(role.name)} onChange={(e) => onChange(toggled(value, role.name, e.target.checked))} />
        ))}
      </div>
      <div className="field-error" id={id} aria-live="polite">
        {error}
      </div>
    </fieldset>
  );
}
