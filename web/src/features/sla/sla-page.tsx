import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { $api } from "@/api/client";
import { useCan } from "@/api/session";
import { formatList } from "@/lib/format";
import { useNow } from "@/lib/now";
import { ActionButton, Button } from "@/ui/button";
import { Leaving } from "@/ui/leaving";
import { Loaded, NoPermission } from "@/ui/loaded";
import { Page } from "@/ui/panel";
import { Banner } from "@/ui/states";
import { ViewTabs } from "@/ui/tabs";
import { Time } from "@/ui/time";
import { CalendarsTab } from "./calendars-tab";
import { differences } from "./diff";
import { DifferenceList } from "./difference-list";
import { changeOf, rebased, sectionTitles } from "./draft";
import { HistoryTab } from "./history-tab";
import { LaddersTab } from "./ladders-tab";
import { mistakesOf, type Mistakes, mistakeWords } from "./problems";
import { RebaseDialog } from "./rebase-dialog";
import { SaveDialog } from "./save-dialog";
import { SimulatorTab } from "./simulator-tab";
import { TargetsTab } from "./targets-tab";
import type { Document, Edition, SectionId } from "./types";
import { type KnownNames, useNames } from "./use-names";
import { useSimulation } from "./use-simulation";
import { type SLADraft, useSLA } from "./use-sla";
import { type TabId, tabs, useSLAActions } from "./use-sla-actions";
import { type DocNames, docNames } from "./words";
import "./sla.css";

/** How fast things must go, and who is called when they do not: tried before it holds. */
export function SLAPage() {
  const can = useCan();
  const allowed = can("sla.edit") || can("ticket.read");
  const edition = $api.useQuery("get", "/sla", {}, { enabled: allowed });
  if (!allowed) return <NoPermission what="the targets" />;
  return (
    <Loaded query={edition} label="Loading the targets">
      {(loaded) => <Editor edition={loaded} canEdit={can("sla.edit")} />}
    </Loaded>
  );
}

/** What every tab needs. */
export interface TabProps {
  draft: Document;
  change: (next: (draft: Document) => Document) => void;
  /** Sections that are changed and not saved, as a simulation takes them. */
  trying: Partial<Document> | undefined;
  mistakes: Mistakes;
  known: KnownNames;
  names: DocNames;
  readOnly: boolean;
}

function useEditor(edition: Edition, canEdit: boolean) {
  const [open, setOpen] = useState<"save" | "rebase">();
  const draft = useSLA(edition, () => setOpen(undefined));
  const known = useNames();
  const now = useNow(60_000);
  const trying = draft.dirty ? changeOf(draft.draft, draft.base) : undefined;
  // Whatever is asked, the answer says what is wrong with the draft.
  const tried = useSimulation({ ask: { severity: "critical", team: "", at: now.toISOString() }, draft: trying }, canEdit && trying !== undefined);
  const found = trying && !tried.behind && !tried.isPlaceholderData ? tried.data?.problems : undefined;
  return { draft, open, setOpen, known, names: docNames(draft.draft, known.names), trying, mistakes: mistakesOf(draft.problem, found) };
}

function Editor({ edition, canEdit }: { edition: Edition; canEdit: boolean }) {
  const { tab } = useSearch({ from: "/shell/sla" });
  const navigate = useNavigate({ from: "/sla" });
  const editor = useEditor(edition, canEdit);
  const { draft, open, setOpen, mistakes } = editor;
  const current = tabs.find(({ id }) => id === tab)?.id ?? "targets";
  const actions = useSLAActions({
    draft,
    canEdit,
    mistakes,
    onSave: () => {
      draft.forget();
      setOpen("save");
    },
    onRebase: () => setOpen("rebase"),
    onTab: (id) => void navigate({ search: { tab: id === "targets" ? undefined : id }, replace: true }),
  });
  return (
    <Page
      title="SLA"
      lead={<Saved edition={draft.base} />}
      actions={
        <>
          <ActionButton action={actions.rebase} />
          <ActionButton action={actions.discard} />
          <ActionButton action={actions.save} tone="primary" busy={draft.saving} />
        </>
      }
    >
      <TabLinks current={current} changed={draft.changed} mistakes={mistakes} />
      {draft.overtaken && <Overtaken draft={draft} names={editor.names} />}
      {!canEdit && <Banner tone="info">You may read the targets; changing them takes another role.</Banner>}
      <Refused mistakes={mistakes} dirty={draft.dirty} />
      {draft.problem && draft.problem.fields.length === 0 && !open && <Banner tone="danger">{draft.problem.message}</Banner>}
      <Tab current={current} canEdit={canEdit} editor={editor} />
      {open === "save" && draft.dirty && !draft.overtaken && (
        <SaveDialog changes={differences(draft.base, draft.draft)} names={editor.names} problem={draft.problem} busy={draft.saving} onSave={draft.save} onClose={() => setOpen(undefined)} />
      )}
      {open === "rebase" && <RebaseDialog version={edition.rev} onClose={() => setOpen(undefined)} />}
      <Leaving dirty={draft.dirty} what="The targets that you have changed are not saved." />
    </Page>
  );
}

function Tab({ current, canEdit, editor }: { current: TabId; canEdit: boolean; editor: ReturnType<typeof useEditor> }) {
  const { draft, trying, mistakes, known, names } = editor;
  const props: TabProps = { draft: draft.draft, change: draft.change, trying, mistakes, known, names, readOnly: !canEdit };
  switch (current) {
    case "targets":
      return <TargetsTab {...props} />;
    case "calendars":
      return <CalendarsTab {...props} />;
    case "ladders":
      return <LaddersTab {...props} />;
    case "simulator":
      return <SimulatorTab {...props} />;
    case "history":
      return <HistoryTab canEdit={canEdit} names={names} />;
  }
}

function TabLinks({ current, changed, mistakes }: { current: TabId; changed: readonly SectionId[]; mistakes: Mistakes }) {
  const sections: Partial<Record<TabId, SectionId>> = { targets: "policies", calendars: "calendars", ladders: "ladders" };
  return (
    <ViewTabs label="Parts">
      {tabs.map(({ id, label }) => {
        const section = sections[id];
        const wrong = section ? mistakes.count(section) : 0;
        return (
          <Link key={id} to="/sla" search={id === "targets" ? {} : { tab: id }} replace className="tab" activeProps={{}} activeOptions={{ exact: true }} aria-current={current === id ? "page" : undefined}>
            {label}
            {section && changed.includes(section) && <span className="sla-changed">changed</span>}
            {wrong > 0 && <span className="sla-wrong">▲ {wrong}</span>}
          </Link>
        );
      })}
    </ViewTabs>
  );
}

/** Which version stands there, and whose it is. */
function Saved({ edition }: { edition: Edition }) {
  if (edition.rev <= 1) return <span className="muted">as installed</span>;
  return (
    <span className="muted">
      version {edition.rev}, saved <Time at={edition.at} /> {edition.by_name && `by ${edition.by_name}`}
    </span>
  );
}

/** What is wrong with the draft, wherever that stands. */
function Refused({ mistakes, dirty }: { mistakes: Mistakes; dirty: boolean }) {
  const { first, all } = mistakes;
  return (
    <div role="status" className="sla-refused">
      {dirty && first && (
        <p className="sla-wrong">
          ▲ {mistakeWords(first)}
          {all.length > 1 && ` And ${all.length - 1} more.`}
        </p>
      )}
    </div>
  );
}

/** Somebody else has saved another version: what they changed, and what may become of the draft. */
function Overtaken({ draft, names }: { draft: SLADraft; names: DocNames }) {
  const { both } = rebased(draft.draft, draft.base, draft.theirs);
  const clash = formatList(both.map((id) => sectionTitles[id]));
  return (
    <div role="alert">
      <Banner
        tone="warn"
        actions={
          <>
            <Button onClick={draft.discard}>Load theirs, drop mine</Button>
            <Button onClick={draft.rebase}>{both.length === 0 ? "Keep both" : "Keep mine to save over theirs"}</Button>
          </>
        }
      >
        <strong>{draft.theirs.by_name || "Somebody else"} has saved other targets</strong> while you were changing these. {both.length === 0 ? "You have changed other parts, so both can be kept." : `Both of you have changed: ${clash}. Yours would undo theirs there.`}
      </Banner>
      <DifferenceList changes={differences(draft.base, draft.theirs)} names={names} label="What they changed" />
    </div>
  );
}
