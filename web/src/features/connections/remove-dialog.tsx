import { useState } from "react";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { Form, Why } from "@/ui/form";

interface RemoveDialogProps {
  name: string;
  busy: boolean;
  error: unknown;
  onRemove: () => void;
  onClose: () => void;
}

/** Asks for the name, because the secrets can't be had back. */
export function RemoveDialog({ name, busy, error, onRemove, onClose }: RemoveDialogProps) {
  const [typed, setTyped] = useState("");
  const right = typed.trim() === name;
  return (
    <Dialog open onClose={onClose} title={`Remove ${name}`} description="It stops reading, and its secrets are destroyed. Findings, tickets and the record of what it did stay.">
      <Form
        onSubmit={() => right && onRemove()}
        error={error}
        footer={
          <>
            <Why>{!right && "Type the name to go on"}</Why>
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" tone="danger" busy={busy} blocked={!right && "Type the name to go on"}>
              Remove
            </Button>
          </>
        }
      >
        <TextField label={`Type ${name}`} value={typed} autoComplete="off" spellCheck={false} onChange={(e) => setTyped(e.target.value)} />
      </Form>
    </Dialog>
  );
}
