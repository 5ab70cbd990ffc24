import { useQueryClient } from "@tanstack/react-query";
import { Link, Navigate, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { $api } from "@/api/client";
import { fieldError } from "@/lib/problem";
import { browserZone } from "@/lib/time";
import { Button } from "@/ui/button";
import { Select, TextField } from "@/ui/field";
import { Form } from "@/ui/form";
import { ErrorState, Skeleton } from "@/ui/states";
import { EntryPage } from "./entry-page";
import { minPassword, passwordHelp, zoneOptions } from "./profile";

/** First run: the link that the server printed makes the first administrator. */
export function SetupPage() {
  const { token } = useSearch({ from: "/setup" });
  const setup = $api.useQuery("get", "/setup", {});
  if (setup.isPending) return <Skeleton />;
  if (setup.isError) return <ErrorState error={setup.error} onRetry={() => void setup.refetch()} />;
  if (!setup.data.needed) return <Navigate to="/sign-in" replace />;
  if (!token) return <NeedsLink />;
  return <SetupForm token={token} />;
}

function NeedsLink() {
  return (
    <EntryPage title="Set up Tocsin">
      <p>
        Open the set-up link that <code>tocsin serve</code> printed when it started. It works once, and proves that you may see this server’s
        output.
      </p>
      <p>
        <Link to="/sign-in">Sign in</Link> if that has been done already.
      </p>
    </EntryPage>
  );
}

function SetupForm({ token }: { token: string }) {
  const [form, setForm] = useState({ email: "", name: "", password: "", time_zone: browserZone() });
  const client = useQueryClient();
  const navigate = useNavigate();
  const save = $api.useMutation("post", "/setup", {
    onSuccess: (me) => {
      client.setQueryData($api.queryOptions("get", "/session", {}).queryKey, me);
      // Not read again before the next visit: this page would send the new administrator to sign in.
      void client.invalidateQueries({ queryKey: $api.queryOptions("get", "/setup", {}).queryKey, refetchType: "none" });
      void navigate({ to: "/welcome", replace: true });
    },
  });
  const set = (name: keyof typeof form) => (event: { target: { value: string } }) => setForm({ ...form, [name]: event.target.value });
  const error = (name: keyof typeof form) => fieldError(save.error, name);
  return (
    <EntryPage title="Set up Tocsin" intro="You become the first administrator. You can invite everybody else afterwards.">
      <Form
        onSubmit={() => save.mutate({ body: { token, ...form } })}
        error={save.error}
        shown={["email", "name", "password", "time_zone"]}
        footer={
          <Button type="submit" tone="primary" busy={save.isPending}>
            Create administrator
          </Button>
        }
      >
        <TextField label="Name" autoComplete="name" value={form.name} onChange={set("name")} error={error("name")} />
        <TextField label="Email" type="email" autoComplete="username" value={form.email} onChange={set("email")} error={error("email")} />
        <TextField
          label="Password"
          type="password"
          autoComplete="new-password"
          minLength={minPassword}
          help={passwordHelp}
          value={form.password}
          onChange={set("password")}
          error={error("password")}
        />
        <Select label="Time zone" value={form.time_zone} onChange={set("time_zone")} options={zoneOptions(form.time_zone)} error={error("time_zone")} />
      </Form>
    </EntryPage>
  );
}
