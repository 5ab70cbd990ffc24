import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { type Action, useActions } from "@/lib/actions";
import { useUnread } from "./queries";
import "./bell.css";

const opened = () => import("./bell-popup");
const Popup = lazy(opened);

/** How much waits to be read; what it is, once somebody opens it. */
export default function Bell() {
  const navigate = useNavigate();
  const unread = useUnread() ?? 0;
  const [open, setOpen] = useState(false);
  // Once opened it stays, so that the focus finds its way back.
  const [wanted, setWanted] = useState(false);
  const change = (next: boolean) => {
    setWanted(true);
    setOpen(next);
  };
  const show: Action = { id: "notices.open", label: "Show what is new", group: "General", keys: "b", run: () => change(true) };
  const page: Action = { id: "go.Notices", label: "Go to Notices", group: "Go to", keys: "g n", run: () => void navigate({ to: "/notices" }) };
  useActions([show, page]);
  const count = unread >= 100 ? "99+" : String(unread);
  const button = (
    <button type="button" className="btn btn-quiet bell" aria-haspopup="dialog" aria-expanded={false} aria-keyshortcuts="b" aria-label={`Notices, ${unread === 0 ? "none" : count} unread`} onPointerEnter={() => void opened()} onFocus={() => void opened()} onClick={() => change(true)}>
      <Face unread={unread} count={count} />
    </button>
  );
  if (!wanted) return button;
  return (
    <Suspense fallback={button}>
      <Popup open={open} onOpenChange={change} label={`Notices, ${unread === 0 ? "none" : count} unread`}>
        <Face unread={unread} count={count} />
      </Popup>
    </Suspense>
  );
}

function Face({ unread, count }: { unread: number; count: string }) {
  return (
    <>
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" fill="none" stroke="currentColor" strokeWidth="1.4" strokeLinejoin="round">
        <path d="M8 1.8a4.3 4.3 0 0 0-4.3 4.3c0 3.6-1.5 4.6-1.5 5.6h11.6c0-1-1.5-2-1.5-5.6A4.3 4.3 0 0 0 8 1.8Z" />
        <path d="M6.4 13.7a1.7 1.7 0 0 0 3.2 0" />
      </svg>
      {unread > 0 && <span className="bell-count">{count}</span>}
    </>
  );
}
