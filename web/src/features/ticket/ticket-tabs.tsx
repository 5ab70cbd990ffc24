import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import type { Ticket } from "@/api/models";
import { Tabs } from "@/ui/tabs";
import { EvidenceTab } from "./evidence-tab";
import { FindingsTab } from "./findings-tab";
import { MORE } from "./more";
import { SlaTab } from "./sla-tab";
import { TagsTab } from "./tags-tab";
import { TasksTab } from "./tasks-tab";
import type { TicketActions } from "./use-ticket-actions";
import type { TicketCommands } from "./use-ticket-commands";

const tabs = ["findings", "evidence", "tasks", "sla", "tags"] as const;

interface TabsProps {
  ticket: Ticket;
  actions: TicketActions;
  commands: TicketCommands;
  /** Grows each time somebody asks to edit the tags. */
  tagsAsked: number;
}

/** What would be too much for the first look. */
export function TicketTabs({ ticket, actions, commands, tagsAsked }: TabsProps) {
  const { tab } = useSearch({ from: "/shell/tickets/$number" });
  const navigate = useNavigate({ from: "/tickets/$number" });
  const box = useRef<HTMLElement>(null);
  const choose = (next: string) => void navigate({ search: (old) => ({ ...old, tab: next === "findings" ? undefined : next }), hash: true, replace: true });
  useEffect(() => {
    if (tagsAsked === 0) return;
    choose("tags");
    box.current?.scrollIntoView({ block: "nearest" });
    // eslint-disable-next-line react-hooks/exhaustive-deps -- only asking anew counts
  }, [tagsAsked]);
  return (
    <section className="panel" aria-label="More about this ticket" id={MORE} ref={box}>
      <Tabs
        label="More about this ticket"
        value={tabs.find((one) => one === tab) ?? "findings"}
        onChange={choose}
        tabs={[
          { id: "findings", label: "Findings", count: ticket.finding_count, content: <FindingsTab ticket={ticket} /> },
          { id: "evidence", label: "Evidence", content: <EvidenceTab ticket={ticket} /> },
          { id: "tasks", label: "Tasks", count: ticket.open_tasks, content: <TasksTab ticket={ticket} /> },
          { id: "sla", label: "How the clocks run", content: <SlaTab ticket={ticket} /> },
          { id: "tags", label: "Tags", count: ticket.tags.length, content: <TagsTab ticket={ticket} edit={actions.tags} commands={commands} focus={tagsAsked} /> },
        ]}
      />
    </section>
  );
}
