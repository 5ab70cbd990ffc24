import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { $api } from "@/api/client";
import { fieldError } from "@/lib/problem";
import { useNow } from "@/lib/now";
import { Button } from "@/ui/button";
import { Choices } from "@/ui/choices";
import { Dialog } from "@/ui/dialog";
import { Select, TextField } from "@/ui/field";
import { Form, FormRow } from "@/ui/form";
import { SecretOnce } from "@/ui/secret-once";
import { Time } from "@/ui/time";
import { daysIn, endAfter, maxDays, type Owner, type ScopeChoice, scopeChoices, scopesOf } from "./words";

interface NewTokenProps {
  owners: readonly Owner[];
  /** Whose it is to begin with. */
  owner: string;
  onClose: () => void;
}

/** Makes a token, whose secret is shown this once. */
export function NewToken({ owners, owner, onClose }: NewTokenProps) {
  const create = useMakeToken();
  const made = create.data;
  return (
    <Dialog open wide onClose={onClose} title={made ? `The token ${made.name}` : "New token"}>
      {made?.token ? (
        <>
          <SecretOnce label="Token" value={made.token}>
            Copy it now: it is not shown again. The tocsin command reads it from <code>TOCSIN_TOKEN</code>; programs send it as <code>Authorization: Bearer</code>. It works until{" "}
            <Time at={made.expires_at} show="date" />.
          </SecretOnce>
          <div className="form-footer">
            <Button tone="primary" onClick={onClose}>
              Done
            </Button>
          </div>
        </>
      ) : (
        <TokenForm owners={owners} owner={owner} create={create} onClose={onClose} />
      )}
    </Dialog>
  );
}

function useMakeToken() {
  const client = useQueryClient();
  return $api.useMutation("post", "/tokens", {
    gcTime: 0, // the secret lives only as long as this window
    onSuccess: () => client.invalidateQueries({ queryKey: $api.queryOptions("get", "/tokens", {}).queryKey }),
  });
}

interface TokenFormProps extends NewTokenProps {
  create: ReturnType<typeof useMakeToken>;
}

function TokenForm({ owners, owner, create, onClose }: TokenFormProps) {
  const [name, setName] = useState("");
  const [user, setUser] = useState(owners.some((o) => o.id === owner) ? owner : (owners[0]?.id ?? ""));
  const [scope, setScope] = useState<ScopeChoice>("read");
  const [days, setDays] = useState("90");
  const now = useNow(60_000);
  const lasting = daysIn(days);
  const error = (field: string) => fieldError(create.error, field);
  const submit = () => create.mutate({ body: { name: name.trim(), user_id: user, scopes: scopesOf(scope), expires_in_days: Number(days) } });
  return (
    <Form
      onSubmit={submit}
      error={create.error}
      shown={["name", "user_id", "scopes", "expires_in_days"]}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" busy={create.isPending}>
            Make token
          </Button>
        </>
      }
    >
      <TextField label="Name" help="Where it is used, so that somebody can tell later what revoking it stops." value={name} maxLength={100} autoComplete="off" onChange={(e) => setName(e.target.value)} error={error("name")} />
      <Choices<ScopeChoice> label="What it allows" choices={scopeChoices} value={scope} onChange={setScope} error={error("scopes")} />
      <FormRow>
        <Select
          label="For"
          help={owners.length > 1 ? "A program that runs by itself is better off with an account of its own." : undefined}
          value={user}
          onChange={(e) => setUser(e.target.value)}
          options={owners.map(({ id, name }) => ({ value: id, label: name }))}
          error={error("user_id")}
        />
        <TextField
          label="Days it works"
          type="number"
          min={1}
          max={maxDays}
          step={1}
          help={lasting ? <>Until <Time at={endAfter(lasting, now)} show="date" /></> : `1 to ${maxDays}`}
          value={days}
          onChange={(e) => setDays(e.target.value)}
          error={error("expires_in_days")}
        />
      </FormRow>
    </Form>
  );
}
