import { useQueryClient } from "@tanstack/react-query";
import { Navigate, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { $api, api } from "@/api/client";
import type { Me } from "@/api/models";
import { useSession } from "@/api/session";
import { fieldError, toProblem } from "@/lib/problem";
import { safeReturn } from "@/lib/search-params";
import { Button } from "@/ui/button";
import { TextField } from "@/ui/field";
import { Form } from "@/ui/form";
import { EntryPage } from "./entry-page";
import { methodsOf, Prove } from "./prove";

/** The password, and then the second factor of whoever has one. */
export function SignInPage() {
  const { back } = useSearch({ from: "/sign-in" });
  const setup = $api.useQuery("get", "/setup", {}, { retry: false });
  const session = useSession();
  const navigate = useNavigate();
  const goOn = (me: Me) => {
    if (me.second_factor !== "needed") void navigate({ to: safeReturn(back), replace: true });
  };
  if (setup.data?.needed) return <Navigate to="/setup" replace />;
  const half = session.data?.second_factor === "needed" && !session.isError ? session.data : undefined;
  if (half) return <SecondStep me={half} onProved={goOn} />;
  return <Password onSignedIn={goOn} late={session.isError && session.data?.second_factor === "needed"} />;
}

function Password({ onSignedIn, late }: { onSignedIn: (me: Me) => void; late: boolean }) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const client = useQueryClient();
  const signIn = $api.useMutation("post", "/session", {
    onSuccess: (me) => {
      client.setQueryData($api.queryOptions("get", "/session", {}).queryKey, me);
      onSignedIn(me);
    },
  });
  return (
    <EntryPage title="Sign in" intro={late && <p>That took longer than ten minutes: begin again.</p>}>
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

/** The password was right. Whoever gives up here has not signed in. */
function SecondStep({ me, onProved }: { me: Me; onProved: (me: Me) => void }) {
  const client = useQueryClient();
  const giveUp = async () => {
    await api.DELETE("/session").catch((error: unknown) => {
      // It has ended by itself: that was wanted.
      if (toProblem(error).status !== 401) throw error;
    });
    client.clear();
    void client.resetQueries({ queryKey: ["get", "/session"] });
  };
  return (
    <EntryPage title="Confirm that it is you" intro={<p>{me.user.email}: the password is right. Now your second factor, within ten minutes.</p>}>
      <Prove
        methods={methodsOf(me)}
        onProved={onProved}
        others={
          <Button tone="quiet" onClick={() => void giveUp()}>
            Sign in as somebody else
          </Button>
        }
      />
      <details className="muted">
        <summary>I have none of these any more</summary>
        <p>Ask somebody who manages people to remove your second factors. Who runs the server can do it with tocsin admin factors reset.</p>
      </details>
    </EntryPage>
  );
}
