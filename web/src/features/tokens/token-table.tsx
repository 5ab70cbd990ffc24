import type { Action } from "@/lib/actions";
import { Badge } from "@/ui/badge";
import { ActionButton, Button } from "@/ui/button";
import { EmptyState } from "@/ui/states";
import { Table, type TableColumn } from "@/ui/table";
import { Time } from "@/ui/time";
import type { Token } from "./types";
import { canBeUsed, scopeWords, stateOf } from "./words";

interface TokenTableProps {
  tokens: readonly Token[];
  names: ReadonlyMap<string, string>;
  now: Date;
  add: Action;
  onRevoke: (id: string) => void;
}

/** Tokens without their secrets, the newest first. */
export function TokenTable({ tokens, names, now, add, onRevoke }: TokenTableProps) {
  if (tokens.length === 0) {
    return (
      <EmptyState title="No tokens" actions={<ActionButton action={add} />}>
        The tocsin command and every program that sends findings need one.
      </EmptyState>
    );
  }
  const columns: TableColumn<Token>[] = [
    { id: "name", head: "Name", grow: true, cell: (t) => <span className="strong">{t.name}</span> },
    { id: "owner", head: "Owner", cell: (t) => names.get(t.user_id) ?? t.user_id },
    { id: "scopes", head: "Allows", cell: (t) => scopeWords(t.scopes) },
    { id: "hint", head: "Last characters", cell: (t) => <code>…{t.hint}</code> },
    { id: "used", head: "Last used", cell: (t) => (t.last_used_at ? <Time at={t.last_used_at} /> : <span className="muted">Never</span>) },
    { id: "expires", head: "Expires", cell: (t) => <Expiry token={t} now={now} /> },
    {
      id: "revoke",
      head: "Revoke",
      end: true,
      cell: (t) =>
        canBeUsed(t, now) && (
          <Button tone="quiet" aria-label={`Revoke ${t.name}`} onClick={() => onRevoke(t.id)}>
            Revoke
          </Button>
        ),
    },
  ];
  return <Table label="Tokens" columns={columns} rows={tokens} rowKey={(t) => t.id} />;
}

function Expiry({ token, now }: { token: Token; now: Date }) {
  switch (stateOf(token, now)) {
    case "revoked":
      return (
        <>
          <Badge>Revoked</Badge> <Time at={token.revoked_at} />
        </>
      );
    case "expired":
      return (
        <>
          <Badge>Expired</Badge> <Time at={token.expires_at} />
        </>
      );
    case "soon":
      return (
        <>
          <Badge tone="medium">Soon</Badge> <Time at={token.expires_at} />
        </>
      );
    case "works":
      return <Time at={token.expires_at} show="date" />;
  }
}
