import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useCan } from "@/api/session";
import { type Action, useActions } from "@/lib/actions";
import { ActionButton, Button } from "@/ui/button";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/panel";
import { EmptyState } from "@/ui/states";
import { ViewTabs } from "@/ui/tabs";
import { Deliveries } from "./deliveries";
import { NoticeLine } from "./notice-line";
import { type Shown, useNotices, useRead } from "./queries";
import type { Notice } from "./types";
import "./notices.css";

/** What I should hear; and, for those who read tickets, what was told to whom. */
export function NoticesPage() {
  const { show } = useSearch({ from: "/shell/notices" });
  const can = useCan();
  const sent = show === "sent" && can("ticket.read");
  return (
    <Page title="Notices" lead={<Views current={sent ? "sent" : show === "all" ? "all" : "unread"} />} actions={<Settings />}>
      {sent ? <Deliveries /> : <Mine shown={show === "all" ? "all" : "unread"} />}
    </Page>
  );
}

function Settings() {
  const navigate = useNavigate();
  const settings: Action = { id: "notices.settings", label: "How I am told", group: "Notices", run: () => void navigate({ to: "/account/notifications" }) };
  useActions([settings]);
  return <ActionButton action={settings} />;
}

function Views({ current }: { current: "unread" | "all" | "sent" }) {
  const can = useCan();
  const view = (id: "unread" | "all" | "sent", label: string) => (
    <Link key={id} to="/notices" search={id === "unread" ? {} : { show: id }} className="tab" activeProps={{}} activeOptions={{ exact: true }} aria-current={current === id ? "page" : undefined}>
      {label}
    </Link>
  );
  return (
    <ViewTabs label="Views">
      {view("unread", "Not read yet")}
      {view("all", "All of mine")}
      {can("ticket.read") && view("sent", "What was sent")}
    </ViewTabs>
  );
}

function Mine({ shown }: { shown: Shown }) {
  const notices = useNotices(shown);
  const read = useRead();
  const items = notices.data?.pages.flatMap((page) => page.items) ?? [];
  useNoticeActions(items, read);
  return (
    <Loaded query={notices} label="Loading notices">
      {() =>
        items.length === 0 ? (
          <EmptyState title={shown === "unread" ? "You have read everything" : "Nobody has told you anything yet"}>Calls, offers, deadlines and shifts that concern you come here, whatever else you have set.</EmptyState>
        ) : (
          <>
            <ul className="notices notices-page" aria-label="Notices, newest first">
              {items.map((notice) => (
                <NoticeLine key={notice.id} notice={notice} full onRead={(id) => read.some([id])} />
              ))}
            </ul>
            {notices.hasNextPage && (
              <div>
                <Button busy={notices.isFetchingNextPage} onClick={() => void notices.fetchNextPage()}>
                  Show more
                </Button>
              </div>
            )}
          </>
        )
      }
    </Loaded>
  );
}

/** What can be done with the notices; what acts on one acts on the one that has the keyboard. */
function useNoticeActions(items: readonly Notice[], read: ReturnType<typeof useRead>) {
  const here = () => items.findIndex((notice) => notice.id === document.activeElement?.closest<HTMLElement>("[data-notice]")?.dataset.notice);
  const step = (by: number) => {
    const at = here();
    const next = items[at < 0 ? 0 : Math.min(items.length - 1, Math.max(0, at + by))];
    document.querySelector<HTMLElement>(`[data-notice="${next?.id ?? ""}"] :is(a, button)`)?.focus();
  };
  const one = () => {
    const notice = items[here()];
    if (!notice || notice.read_at) return;
    step(1);
    read.some([notice.id]);
  };
  const unread = items.some((notice) => notice.read_at === null);
  useActions([
    { id: "notices.next", label: "Next notice", group: "Notices", keys: "j,ArrowDown", keyOnly: true, run: () => step(1) },
    { id: "notices.previous", label: "Previous notice", group: "Notices", keys: "k,ArrowUp", keyOnly: true, run: () => step(-1) },
    { id: "notices.read", label: "Mark the notice as read", group: "Notices", keys: "x", keyOnly: true, run: one },
    { id: "notices.read-all", label: "Mark all as read", group: "Notices", keys: "shift+x", blocked: !unread && "All are read", run: read.all },
  ]);
}
