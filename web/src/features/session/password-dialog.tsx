import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { $api } from "@/api/client";
import { useMe } from "@/api/session";
import { fieldError } from "@/lib/problem";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { Form } from "@/ui/form";
import { notify } from "@/ui/toast";
import { minPassword, passwordHelp } from "./profile";

/** A new password, proven by the present one. */
export function PasswordDialog({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const email = useMe().user.email;
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const change = $api.useMutation("put", "/session/password", {
    gcTime: 0,
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["get", "/sessions"] });
      notify("The password was changed");
      onClose();
    },
  });
  return (
    <Dialog open onClose={onClose} title="Change password" description="Your other sessions end.">
      <Form
        onSubmit={() => change.mutate({ body: { current, password } })}
        error={change.error}
        shown={["current", "password"]}
        footer={
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" tone="primary" busy={change.isPending}>
              Change password
            </Button>
          </>
        }
      >
        {/* Password managers want to know whose it is. */}
        <input type="email" autoComplete="username" value={email} readOnly hidden />
        <TextField label="Present password" type="password" autoComplete="current-password" value={current} onChange={(e) => setCurrent(e.target.value)} error={fieldError(change.error, "current")} />
        <TextField
          label="New password"
          type="password"
          autoComplete="new-password"
          minLength={minPassword}
          help={passwordHelp}
          value={password}
          onChange={(e) => setPassword(e.target.value)}
          error={fieldError(change.error, "password")}
        />
      </Form>
    </Dialog>
  );
}
