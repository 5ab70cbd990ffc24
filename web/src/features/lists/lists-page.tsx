import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { $api } from "@/api/client";
import { useCan } from "@/api/session";
import { type Action, useActions } from "@/lib/actions";
import { formatCount, formatPlural } from "@/lib/format";
import { ActionButton, Button } from "@/ui/button";
import { cx } from "@/ui/cx";
import { Loaded, NoPermission } from "@/ui/loaded";
import { Page } from "@/ui/panel";
import { EmptyState } from "@/ui/states";
import { kindOf, type Template, templates } from "./kinds";
import { ListPanel } from "./list-panel";
import { NewListDialog } from "./new-list";
import "./lists.css";

/** What rules can name with @: VIPs, crown jewels, own ranges. */
export function ListsPage() {
  const can = useCan();
  const allowed = can("policy.edit") || can("finding.read");
  const lists = $api.useQuery("get", "/lists", {}, { enabled: allowed });
  if (!allowed) return <NoPermission what="the lists" />;
  return (
    <Loaded query={lists} label="Loading the lists">
      {({ items }) => <Screen items={items} canEdit={can("policy.edit")} />}
    </Loaded>
  );
}

interface Line {
  name: string;
  kind: string;
  size: number;
  used_in: string[];
}

function Screen({ items, canEdit }: { items: readonly Line[]; canEdit: boolean }) {
  const { sel } = useSearch({ from: "/shell/lists" });
  const navigate = useNavigate({ from: "/lists" });
  const [making, setMaking] = useState<{ from: Template | undefined }>();
  const choose = (name: string | undefined) => void navigate({ search: { sel: name }, replace: true });
  const place = items.findIndex((list) => list.name === sel);
  const chosen = items[place] ?? items[0];
  const add: Action = { id: "list.new", label: "New list", group: "Lists", keys: "n", hidden: !canEdit, run: () => setMaking({ from: undefined }) };
  const step = (by: number) => choose(items[Math.min(items.length - 1, Math.max(0, items.findIndex((list) => list === chosen) + by))]?.name);
  useActions([
    add,
    { id: "list.next", label: "Next list", group: "Lists", keys: "j,ArrowDown", keyOnly: true, run: () => step(1) },
    { id: "list.previous", label: "Previous list", group: "Lists", keys: "k,ArrowUp", keyOnly: true, run: () => step(-1) },
  ]);
  return (
    <Page
      title="Lists"
      intro="Rules name a list with @ and mean any item of it."
      actions={
        <>
          <Link to="/policy" className="btn btn-plain">
            Rules
          </Link>
          <ActionButton action={add} tone="primary" />
        </>
      }
    >
      {!chosen ? (
        <EmptyState title="No lists yet" actions={canEdit && templates.map((one) => <Button key={one.name} onClick={() => setMaking({ from: one })}>{one.name}</Button>)}>
          {templates.map((one) => (
            <p key={one.name}>
              <strong>{one.name}</strong>: {one.what.charAt(0).toLowerCase() + one.what.slice(1)}. <code>{one.use}</code>
            </p>
          ))}
        </EmptyState>
      ) : (
        <div className="lists-columns">
          <ul className="lists" aria-label="Lists">
            {items.map((list) => (
              <li key={list.name}>
                <Link to="/lists" search={{ sel: list.name }} replace className={cx("lists-entry", list === chosen && "lists-chosen")} aria-current={list === chosen ? "true" : undefined}>
                  <strong>@{list.name}</strong>
                  <span className="muted num">{formatCount(list.size)}</span>
                  <span className="muted">{kindOf(list.kind)?.label}</span>
                  <span className="muted">{list.used_in.length === 0 ? "not used" : `${formatPlural(list.used_in.length, { one: "rule", other: "rules" })}`}</span>
                </Link>
              </li>
            ))}
          </ul>
          <Chosen key={chosen.name} name={chosen.name} canEdit={canEdit} onGone={() => choose(undefined)} />
        </div>
      )}
      {making && (
        <NewListDialog
          taken={items.map((list) => list.name)}
          from={making.from}
          onClose={() => setMaking(undefined)}
          onDone={(name) => {
            setMaking(undefined);
            choose(name);
          }}
        />
      )}
    </Page>
  );
}

function Chosen({ name, canEdit, onGone }: { name: string; canEdit: boolean; onGone: () => void }) {
  const list = $api.useQuery("get", "/lists/{name}", { params: { path: { name } } });
  return (
    <Loaded query={list} label={`Loading ${name}`}>
      {(loaded) => <ListPanel list={loaded} canEdit={canEdit} onGone={onGone} />}
    </Loaded>
  );
}
