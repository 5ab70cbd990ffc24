import { useState } from "react";
import { $api } from "@/api/client";
import type { Ticket } from "@/api/models";
import { fieldError } from "@/lib/problem";
import { severities, type Severity } from "@/lib/words";
import { formatCode } from "@/lib/format";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Select, TextArea, TextField } from "@/ui/field";
import { Form, FormRow } from "@/ui/form";

/** Opens a ticket by hand: for what no detector saw. */
export default function NewTicket({ onClose, onCreated }: { onClose: () => void; onCreated: (ticket: Ticket) => void }) {
  const [title, setTitle] = useState("");
  const [description, setDescription] = useState("");
  const [severity, setSeverity] = useState<Severity>("medium");
  const [team, setTeam] = useState("");
  const teams = $api.useQuery("get", "/teams", {}, { retry: false });
  const create = $api.useMutation("post", "/tickets", { onSuccess: onCreated });
  const error = (name: string) => fieldError(create.error, name);
  const submit = () => create.mutate({ body: { title: title.trim(), description: description.trim(), severity, ...(team ? { team } : {}) } });
  return (
    <Dialog open onClose={onClose} title="New ticket">
      <Form
        onSubmit={submit}
        error={create.error}
        shown={["title", "description", "severity", "team"]}
        footer={
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" tone="primary" busy={create.isPending}>
              Open ticket
            </Button>
          </>
        }
      >
        <TextField label="Title" value={title} maxLength={300} onChange={(e) => setTitle(e.target.value)} error={error("title")} />
        <TextArea
          label="What is known"
          optional
          rows={5}
          value={description}
          onChange={(e) => setDescription(e.target.value)}
          error={error("description")}
        />
        <FormRow>
          <Select
            label="Severity"
            value={severity}
            onChange={(e) => setSeverity(e.target.value as Severity)}
            options={severities.map((value) => ({ value, label: formatCode(value) }))}
            error={error("severity")}
          />
          <Select
            label="Team"
            optional
            value={team}
            onChange={(e) => setTeam(e.target.value)}
            options={[{ value: "", label: "The intake team" }, ...(teams.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))]}
            error={error("team")}
          />
        </FormRow>
      </Form>
    </Dialog>
  );
}
