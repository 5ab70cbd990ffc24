import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { useMe } from "@/api/session";
import { fieldError } from "@/lib/problem";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { Form } from "@/ui/form";
import { notify } from "@/ui/toast";
import { PresentPassword } from "./password-field";
import { useEnrolled } from "./use-enrolled";
import { makePasskey } from "./webauthn";

/** A passkey: the browser makes it after the password or a fresh proof. */
export function AddPasskey({ onClose, onAdded }: { onClose: () => void; onAdded: () => void }) {
  const isFirst = useMe().second_factor === "none";
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const enrolled = useEnrolled(() => {
    notify("The passkey was added");
    onAdded();
  });
  const add = useMutation({
    gcTime: 0,
    mutationFn: async () => {
      const { data: question } = await api.POST("/me/factors/passkeys/begin", { body: isFirst ? { password } : {} });
      if (!question) throw new Error("The server asked nothing.");
      const made = await makePasskey(question);
      return (await api.POST("/me/factors/passkeys/finish", { body: { name: name.trim(), ...made } })).data;
    },
    onSuccess: enrolled,
  });
  return (
    <Dialog open onClose={onClose} title="Add a passkey" description="A passkey stays on this device, on a security key or with your password manager. It asks for a PIN, a finger or your face.">
      <Form
        onSubmit={() => add.mutate()}
        error={add.error}
        shown={["name", "password"]}
        footer={
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" tone="primary" busy={add.isPending}>
              Make the passkey
            </Button>
          </>
        }
      >
        <TextField
          label="Name"
          help="Where it is, so that you know it again: Work laptop."
          value={name}
          maxLength={100}
          autoComplete="off"
          onChange={(e) => setName(e.target.value)}
          error={fieldError(add.error, "name")}
        />
        {isFirst && <PresentPassword value={password} onChange={setPassword} error={add.error} />}
      </Form>
    </Dialog>
  );
}
