import { Popover } from "@base-ui/react/popover";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useRef } from "react";
import { $api } from "@/api/client";
import { Button } from "@/ui/button";
import { Loaded } from "@/ui/loaded";
import { NoticeLine } from "./notice-line";
import { useRead } from "./queries";
import "./notices.css";

const SHOWN = 8;

/** The newest of what is not read. */
export default function BellPopup({ label, open, onOpenChange, children }: { label: string; open: boolean; onOpenChange: (open: boolean) => void; children: ReactNode }) {
  const popup = useRef<HTMLDivElement>(null);
  return (
    <Popover.Root open={open} onOpenChange={onOpenChange}>
      <Popover.Trigger className="btn btn-quiet bell" aria-label={label} aria-keyshortcuts="b">
        {children}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner className="menu-layer" align="end" sideOffset={4} collisionPadding={8}>
          <Popover.Popup ref={popup} initialFocus={popup} className="bell-popup">
            <Newest onClose={() => onOpenChange(false)} />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Newest({ onClose }: { onClose: () => void }) {
  const notices = $api.useQuery("get", "/notices", { params: { query: { state: "unread", limit: SHOWN } } }, { staleTime: 0 });
  const read = useRead();
  return (
    <>
      <div className="bell-head">
        <Popover.Title className="bell-title">Not read yet</Popover.Title>
        {(notices.data?.items.length ?? 0) > 0 && (
          <Button tone="quiet" busy={read.busy} onClick={read.all}>
            Mark all as read
          </Button>
        )}
      </div>
      <Loaded query={notices} label="Loading what is new" lines={4}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="muted bell-none">You have read everything.</p>
          ) : (
            <ul className="notices">
              {items.map((notice) => (
                <NoticeLine key={notice.id} notice={notice} onRead={(id) => read.some([id])} onOpen={onClose} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <div className="bell-foot">
        <Link to="/notices" onClick={onClose}>
          All notices
        </Link>
        <Link to="/account/notifications" onClick={onClose}>
          How I am told
        </Link>
      </div>
    </>
  );
}
