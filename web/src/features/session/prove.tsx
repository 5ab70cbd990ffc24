import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useRef, useState } from "react";
import { $api, api } from "@/api/client";
import type { Me } from "@/api/models";
import { fieldError, toProblem } from "@/lib/problem";
import { Button } from "@/ui/button";
import { TextField } from "@/ui/field";
import { Form } from "@/ui/form";
import { noPasskeys, signWithPasskey } from "./webauthn";
import "./session.css";

/** What a person can prove a second factor with, the one to offer first first. */
export function methodsOf({ factors }: Me): string[] {
  const methods = [];
  if (factors.passkeys > 0) methods.push("passkey");
  if (factors.totp) methods.push("totp");
  if (factors.recovery_codes > 0) methods.push("recovery_code");
  return methods;
}

interface ProveProps {
  methods: readonly string[];
  onProved: (me: Me) => void;
  /** The session is over, so that there is nothing to prove. */
  onEnded?: () => void;
  /** What else can be done instead: a button or two. */
  others: ReactNode;
}

/** Asks for a second factor: a passkey, the code of an app, or a recovery code. */
export function Prove({ methods, onProved, onEnded, others }: ProveProps) {
  const typed = methods.filter((method) => method !== "passkey");
  const [method, setMethod] = useState(typed[0]);
  const other = typed.find((one) => one !== method);
  const proved = useProved(onProved);
  const refused = (error: unknown) => {
    if (toProblem(error).status === 401) onEnded?.();
  };
  return (
    <div className="prove">
      {methods.includes("passkey") && <PasskeyProof onProved={proved} onRefused={refused} />}
      {methods.length > 1 && methods.includes("passkey") && <p className="muted prove-or">or</p>}
      {method && <CodeProof key={method} method={method} isFirst={typed.length === methods.length} onProved={proved} onRefused={refused} />}
      <div className="prove-others">
        {other && (
          <Button tone="quiet" onClick={() => setMethod(other)}>
            {other === "totp" ? "Use the app instead" : "Use a recovery code instead"}
          </Button>
        )}
        {others}
      </div>
    </div>
  );
}

/** Everybody who looks at the session sees what was proven before anything goes on. */
function useProved(onProved: (me: Me) => void) {
  const client = useQueryClient();
  return (me: Me | undefined) => {
    if (!me) return;
    client.setQueryData($api.queryOptions("get", "/session", {}).queryKey, me);
    void client.invalidateQueries({ queryKey: ["get", "/me/factors"] });
    onProved(me);
  };
}

interface ProofProps {
  onProved: (me: Me | undefined) => void;
  onRefused: (error: unknown) => void;
}

function PasskeyProof({ onProved, onRefused }: ProofProps) {
  const why = noPasskeys();
  const prove = useMutation({
    mutationFn: async () => {
      const { data: question } = await api.POST("/session/passkey/begin");
      if (!question) throw new Error("The server asked nothing.");
      return (await api.POST("/session/passkey/finish", { body: await signWithPasskey(question) })).data;
    },
    onSuccess: onProved,
    onError: onRefused,
  });
  return (
    <div className="prove-passkey">
      <Button tone="primary" blocked={why} busy={prove.isPending} onClick={() => prove.mutate()}>
        Use a passkey
      </Button>
      <div role="alert" className="field-error">
        {why ?? (prove.error ? toProblem(prove.error).message : "")}
      </div>
    </div>
  );
}

function CodeProof({ method, isFirst, onProved, onRefused }: ProofProps & { method: string; isFirst: boolean }) {
  const [code, setCode] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const prove = $api.useMutation("post", "/session/second-factor", {
    gcTime: 0,
    onSuccess: onProved,
    onError: (error) => {
      onRefused(error);
      setCode(""); // it is of no use any more
      field.current?.focus();
    },
  });
  const isApp = method === "totp";
  const name = isApp ? "totp" : "recovery_code";
  return (
    <Form
      onSubmit={() => prove.mutate({ body: { [name]: code } })}
      error={prove.error}
      shown={[name]}
      footer={
        <Button type="submit" tone={isFirst ? "primary" : "plain"} busy={prove.isPending}>
          Confirm
        </Button>
      }
    >
      <TextField
        ref={field}
        // The only thing to do here; a person comes for it.
        // eslint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        label={isApp ? "Code from your app" : "Recovery code"}
        help={isApp ? "Six digits, new every half minute." : "One of the ten that you kept. It works once."}
        className="prove-code"
        inputMode={isApp ? "numeric" : "text"}
        autoComplete={isApp ? "one-time-code" : "off"}
        autoCapitalize="off"
        spellCheck={false}
        maxLength={isApp ? 8 : 24}
        value={code}
        onChange={(e) => setCode(e.target.value)}
        error={fieldError(prove.error, name)}
      />
    </Form>
  );
}
