import { useQueryClient } from "@tanstack/react-query";
import { Navigate, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { $api, api } from "@/api/client";
import type { Me } from "@/api/models";
import { useSession } from "@/api/session";
import { fieldError } from "@/lib/problem";
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
  const client = useQueryClient();
  const navigate = useNavigate();
  // Who has just given the password here, or before this page was loaded again.
  const [begun, setBegun] = useState<Me>();
  const [isLate, setLate] = useState(false);
  const me = begun ?? (session.isError ? undefined : session.data);
  const goOn = (next: Me) => {
    setLate(false);
    if (next.second_factor === "needed") setBegun(next);
    else void navigate({ to: safeReturn(back), replace: true });
  };
  const startOver = () => {
    setBegun(undefined);
    void client.resetQueries({ queryKey: ["get", "/session"] });
  };
  const ended = () => {
    setLate(true);
    startOver();
  };
  if (setup.data?.needed) return <Navigate to="/setup" replace />;
  if (me?.second_factor === "needed") return <SecondStep me={me} onProved={goOn} onEnded={ended} onGivenUp={startOver} />;
  return <Password onSignedIn={goOn} isLate={isLate} />;
}

function Password({ onSignedIn, isLate }: { onSignedIn: (me: Me) => void; isLate: boolean }) {
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
    <EntryPage title="Sign in" intro={isLate && <p>That took longer than ten minutes: begin again.</p>}>
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

interface SecondStepProps {
  me: Me;
  onProved: (me: Me) => void;
  onEnded: () => void;
  onGivenUp: () => void;
}

/** The password was right. Whoever gives up here has not signed in. */
function SecondStep({ me, onProved, onEnded, onGivenUp }: SecondStepProps) {
  // One that has ended by itself is ended: that was wanted.
  const giveUp = () => void api.DELETE("/session").then(onGivenUp, onGivenUp);
  return (
    <EntryPage title="Confirm that it is you" intro={<p>{me.user.email}: the password is right. Now your second factor, within ten minutes.</p>}>
      <Prove
        methods={methodsOf(me)}
        onProved={onProved}
        onEnded={onEnded}
        others={
          <Button tone="quiet" onClick={giveUp}>
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
