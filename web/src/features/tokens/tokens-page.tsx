import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { $api } from "@/api/client";
import { useCan, useMe } from "@/api/session";
import { type Action, useActions } from "@/lib/actions";
import { formatCount } from "@/lib/format";
import { useNow } from "@/lib/now";
import { ActionButton } from "@/ui/button";
import { Checkbox } from "@/ui/field";
import { Loaded, NoPermission } from "@/ui/loaded";
import { Page } from "@/ui/panel";
import { NewToken } from "./new-token";
import { RevokeToken } from "./revoke-token";
import { TokenTable } from "./token-table";
import type { Token, User } from "./types";
import { canBeUsed, possibleOwners } from "./words";
import "./tokens.css";

/** API tokens: one's own, and for those who manage people everybody's. */
export function TokensPage() {
  const can = useCan();
  if (!can("token.own") && !can("user.manage")) return <NoPermission what="API tokens" />;
  return <Tokens />;
}

function Tokens() {
  const can = useCan();
  const navigate = useNavigate({ from: "/tokens" });
  const { sel, for: owner } = useSearch({ from: "/shell/tokens" });
  const tokens = $api.useQuery("get", "/tokens", {});
  const mayList = can("ticket.read") || can("user.manage");
  const users = $api.useQuery("get", "/users", {}, { enabled: mayList });
  const people = users.data?.items ?? [];
  const open = (id: string | undefined) => void navigate({ search: (old) => ({ ...old, sel: id }), replace: id === undefined });
  const add: Action = { id: "token.add", label: "New token", group: "Tokens", keys: "n", run: () => open("new") };
  useActions([add]);
  const me = useMe().user;
  const revoking = tokens.data?.items.find((token) => token.id === sel && !token.revoked_at);
  return (
    <Page
      title="Tokens"
      intro={can("user.manage") ? "Programs come in with a token. A token never allows more than its owner may do, and ends when its owner is deactivated." : "Your API tokens. A token never allows more than you may do."}
      actions={<ActionButton action={add} tone="primary" />}
    >
      <Loaded query={tokens} label="Loading tokens">
        {({ items, next_cursor }) => (
          <>
            <List tokens={items} users={people} owner={owner} add={add} onRevoke={open} />
            {next_cursor !== "" && <p className="muted">Only the newest {formatCount(items.length)} are shown.</p>}
          </>
        )}
      </Loaded>
      {/* The choice of owners has to be known before the form opens with one of them chosen. */}
      {sel === "new" && (!mayList || !users.isPending) && <NewToken owners={possibleOwners(me, people, can("user.manage"))} owner={owner ?? me.id} onClose={() => open(undefined)} />}
      {revoking && <RevokeToken token={revoking} onClose={() => open(undefined)} />}
    </Page>
  );
}

interface ListProps {
  tokens: readonly Token[];
  users: readonly User[];
  owner: string | undefined;
  add: Action;
  onRevoke: (id: string) => void;
}

function List({ tokens, users, owner, add, onRevoke }: ListProps) {
  const [ended, setEnded] = useState(false);
  const now = useNow(60_000);
  const me = useMe().user;
  const names = new Map([...users, me].map((user) => [user.id, user.name]));
  const theirs = tokens.filter((token) => !owner || token.user_id === owner);
  const over = theirs.filter((token) => !canBeUsed(token, now)).length;
  const shown = theirs.filter((token) => ended || canBeUsed(token, now));
  return (
    <>
      <div className="tokens-filter">
        {owner && (
          <span>
            Tokens of <strong>{names.get(owner) ?? owner}</strong>. <Link to="/tokens">Show all</Link>
          </span>
        )}
        {over > 0 && <Checkbox label={`Show revoked and expired (${formatCount(over)})`} checked={ended} onChange={(e) => setEnded(e.target.checked)} />}
      </div>
      <TokenTable tokens={shown} names={names} now={now} add={add} onRevoke={onRevoke} />
    </>
  );
}
