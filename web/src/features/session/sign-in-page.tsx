import { useQueryClient } from "@tanstack/react-query";
import { Navigate, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { $api } from "@/api/client";
import { fieldError } from "@/lib/problem";
import { safeReturn } from "@/lib/search-params";
import { Button } from "@/ui/button";
import { TextField } from "@/ui/field";
import { Form } from "@/ui/form";
import { EntryPage } from "./entry-page";

export function SignInPage() {
  const { back } = useSearch({ from: "/sign-in" });
  const setup = $api.useQuery("get", "/setup", {}, { retry: false });
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const client = useQueryClient();
  const navigate = useNavigate();
  const signIn = $api.useMutation("post", "/session", {
    onSuccess: (me) => {
      client.setQueryData($api.queryOptions("get", "/session", {}).queryKey, me);
      void navigate({ to: safeReturn(back), replace: true });
    },
  });
  if (setup.data?.needed) return <Navigate to="/setup" replace />;
  return (
    <EntryPage title="Sign in">
      <Form
        onSubmit={() => signIn.mutate({ body: { email, password } })}
        error={signIn.error}
        shown={["email", "password"]}
        footer={
          <Button type="submit" tone="primary" busy={signIn.isPending}>
            Sign in
          </Button>
        }
      >
        <TextField
          label="Email"
          type="email"
          autoComplete="username"
          value={email}
          onChange={(e) => setEmail(e.target.value)}
          error={fieldError(signIn.error, "email")}
        />
        <TextField
          label="Password"
          type="password"
          autoComplete="current-password"
          value={password}
          onChange={(e) => setPassword(e.target.value)}
          error={fieldError(signIn.error, "password")}
        />
      </Form>
    </EntryPage>
  );
}
