import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { $api } from "@/api/client";
import { fieldError } from "@/lib/problem";
import { Button } from "@/ui/button";
import { TextField } from "@/ui/field";
import { Form } from "@/ui/form";
import { EntryPage } from "./entry-page";
import { minPassword, passwordHelp } from "./profile";

/** A person invited by an administrator chooses a password, then signs in. */
export function InvitePage() {
  const { token } = useSearch({ from: "/invite" });
  const [password, setPassword] = useState("");
  const navigate = useNavigate();
  const accept = $api.useMutation("post", "/invite", { onSuccess: () => void navigate({ to: "/sign-in", replace: true }) });
  if (!token) {
    return (
      <EntryPage title="Accept an invitation">
        <p>
          This link is not complete. Open the whole link from your invitation, or <Link to="/sign-in">sign in</Link>.
        </p>
      </EntryPage>
    );
  }
  return (
    <EntryPage title="Accept your invitation" intro="Choose a password. You sign in with it and your email address.">
      <Form
        onSubmit={() => accept.mutate({ body: { token, password } })}
        error={accept.error}
        shown={["password"]}
        footer={
          <Button type="submit" tone="primary" busy={accept.isPending}>
            Set password
          </Button>
        }
      >
        <TextField
          label="New password"
          type="password"
          autoComplete="new-password"
          minLength={minPassword}
          help={passwordHelp}
          value={password}
          onChange={(e) => setPassword(e.target.value)}
          error={fieldError(accept.error, "password")}
        />
      </Form>
    </EntryPage>
  );
}
