import { useState } from "react";
import { $api, api, ifMatch } from "@/api/client";
import type { SavedView } from "@/api/models";
import { useCan } from "@/api/session";
import { fieldError } from "@/lib/problem";
import { Button } from "@/ui/button";
import { Choices } from "@/ui/choices";
import { ConfirmDialog, Dialog } from "@/ui/dialog";
import { Select, TextField } from "@/ui/field";
import { Form } from "@/ui/form";
import { ColumnsForm } from "./columns-form";
import type { ViewActions } from "./use-view-actions";

interface ViewWindowsProps {
  actions: ViewActions;
  current: SavedView | undefined;
  shown: { q: string; sort: string; columns: string[] };
  onShow: (view: SavedView | undefined) => void;
  onColumns: (columns: string[]) => void;
}

/** The windows that the menu of a view opens. */
export default function ViewWindows({ actions, current, shown, onShow, onColumns }: ViewWindowsProps) {
  switch (actions.open) {
    case "new":
      return <ViewForm view={undefined} shown={shown} actions={actions} onDone={onShow} />;
    case "edit":
      return current ? <ViewForm view={current} shown={shown} actions={actions} onDone={() => undefined} /> : null;
    case "columns":
      return <ColumnsForm columns={shown.columns} onClose={actions.close} onApply={onColumns} />;
    case "remove":
      return current ? <Remove view={current} actions={actions} onDone={() => onShow(undefined)} /> : null;
    default:
      return null;
  }
}

type Scope = "personal" | "team" | "shared";

interface ViewFormProps {
  view: SavedView | undefined;
  shown: { q: string; sort: string; columns: string[] };
  actions: ViewActions;
  onDone: (view: SavedView) => void;
}

/** Names a view and says who sees it. */
function ViewForm({ view, shown, actions, onDone }: ViewFormProps) {
  const can = useCan();
  const [name, setName] = useState(view?.name ?? "");
  const [scope, setScope] = useState<Scope>(view && view.scope !== "built_in" ? view.scope : "personal");
  const [team, setTeam] = useState(view?.team ?? "");
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const teams = $api.useQuery("get", "/teams", {}, { retry: false, enabled: scope === "team" });
  const leads = can("ticket.force");
  const blocked = leads ? undefined : "Views for others are kept by those who lead";
  const save = async () => {
    setBusy(true);
    try {
      const body = { name: name.trim(), scope, ...(scope === "team" && { team }) };
      const saved = view ? await actions.change(body) : (await api.POST("/views", { body: { ...shown, ...body } })).data;
      await actions.refresh();
      if (saved) onDone(saved);
      actions.close();
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog open onClose={actions.close} title={view ? `View ${view.name}` : "Save as a new view"} description={view ? undefined : <code>{shown.q || "every ticket"}</code>}>
      <Form
        onSubmit={() => void save()}
        error={error}
        shown={["name", "team"]}
        footer={
          <>
            <Button onClick={actions.close}>Cancel</Button>
            <Button type="submit" tone="primary" busy={busy}>
              Save view
            </Button>
          </>
        }
      >
        <TextField label="Name" value={name} maxLength={80} onChange={(e) => setName(e.target.value)} error={fieldError(error, "name")} />
        <Choices<Scope>
          label="Who sees it"
          value={scope}
          onChange={setScope}
          choices={[
            { value: "personal", label: "Only me" },
            { value: "team", label: "A team", blocked },
            { value: "shared", label: "Everybody", blocked },
          ]}
        />
        {scope === "team" && (
          <Select
            label="Team"
            value={team}
            onChange={(e) => setTeam(e.target.value)}
            options={[{ value: "", label: "Choose a team" }, ...(teams.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))]}
            error={fieldError(error, "team")}
          />
        )}
      </Form>
    </Dialog>
  );
}

function Remove({ view, actions, onDone }: { view: SavedView; actions: ViewActions; onDone: () => void }) {
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const remove = async () => {
    setBusy(true);
    try {
      await api.DELETE("/views/{id}", { params: { path: { id: view.id } }, headers: ifMatch(view.rev) });
      await actions.refresh();
      actions.close();
      onDone();
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  return (
    <ConfirmDialog
      open
      onClose={actions.close}
      title={`Delete the view ${view.name}?`}
      description={view.scope === "personal" ? "Its tickets stay as they are." : "It goes for everybody who sees it. Its tickets stay as they are."}
      confirm="Delete view"
      tone="danger"
      busy={busy}
      error={error}
      onConfirm={() => void remove()}
    />
  );
}
