import { useState } from "react";
import { Button } from "@/ui/button";
import { TextField } from "@/ui/field";
import { SecretOnce } from "@/ui/secret-once";
import type { Field } from "./types";

interface SecretProps {
  field: Field;
  /** Makes a good one, for systems that take what they are given; absent where only the other side makes them. */
  suggest?: (() => string) | undefined;
  /** The server holds one already, and keeps it unless another is typed. */
  set: boolean;
  value: string;
  onChange: (value: string) => void;
  error: string | undefined;
}

/** A secret goes in and never comes out: what is set is only said to be set. */
export function SecretField({ field, suggest, set, value, onChange, error }: SecretProps) {
  const [replacing, setReplacing] = useState(false);
  const [made, setMade] = useState("");
  if (set && !replacing && !error) {
    return (
      <div className="field">
        <div className="field-label">{field.title}</div>
        <div className="connection-secret">
          <span>Set. It is never shown again.</span>
          <Button onClick={() => setReplacing(true)} aria-label={`Replace ${field.title}`}>
            Replace
          </Button>
        </div>
      </div>
    );
  }
  const keep = () => {
    onChange("");
    setReplacing(false);
  };
  const make = () => {
    const secret = suggest?.() ?? "";
    setMade(secret);
    onChange(secret);
  };
  const input = (
    <div className="connection-secret">
      <TextField
        className="connection-secret-input"
        label={field.title}
        type="password"
        // Not a password of this site: browsers must neither fill it in nor offer to keep it.
        autoComplete="new-password"
        spellCheck={false}
        help={set ? "The one that is set stays until another is saved." : field.help}
        optional={!field.required || set}
        value={value}
        onChange={(e) => onChange(e.target.value)}
        error={error}
        // The person pressed Replace to type here.
        // eslint-disable-next-line jsx-a11y/no-autofocus
        autoFocus={replacing}
      />
      {suggest && <Button onClick={make}>Make one</Button>}
      {set && (
        <Button tone="quiet" onClick={keep}>
          Keep the old one
        </Button>
      )}
    </div>
  );
  if (made === "" || made !== value) return input;
  return (
    <>
      {input}
      <SecretOnce label="The secret that was made" value={made}>
        Give it to the other side now: once it is saved, it is never shown again.
      </SecretOnce>
    </>
  );
}
