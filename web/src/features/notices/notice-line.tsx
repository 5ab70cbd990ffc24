import { Link } from "@tanstack/react-router";
import { SeverityChip } from "@/ui/badge";
import { Button } from "@/ui/button";
import { cx } from "@/ui/cx";
import { Time } from "@/ui/time";
import type { Notice } from "./types";
import { deliveredWords, kindWords } from "./words";

interface LineProps {
  notice: Notice;
  /** With what became of the messages about it. */
  full?: boolean;
  onRead: (id: string) => void;
  onOpen?: () => void;
}

/** One thing that I should hear. Its title opens the ticket, which is then read. */
export function NoticeLine({ notice, full = false, onRead, onOpen }: LineProps) {
  const unread = notice.read_at === null;
  const open = () => {
    if (unread) onRead(notice.id);
    onOpen?.();
  };
  const delivered = deliveredWords(notice.deliveries);
  return (
    <li className={cx("notice", unread && "notice-unread")} data-notice={notice.id}>
      <div className="notice-head">
        <span className="notice-kind">
          {unread && (
            <>
              <span aria-hidden="true" className="notice-dot" />
              <span className="visually-hidden">unread: </span>
            </>
          )}
          {kindWords(notice.kind)}
        </span>
        {notice.severity && <SeverityChip severity={notice.severity} />}
        <span className="muted notice-when">
          <Time at={notice.at} />
        </span>
      </div>
      {notice.number ? (
        <Link to="/tickets/$number" params={{ number: notice.number }} className="notice-title" onClick={open}>
          {notice.number} {notice.title}
        </Link>
      ) : (
        notice.title && <span className="notice-title">{notice.title}</span>
      )}
      <p>{notice.text}</p>
      {full && (
        <p className={cx("notice-sent", delivered.tone === "bad" && "notice-bad")}>
          {delivered.text}
          {notice.due_at && (
            <>
              {" · due "}
              <Time at={notice.due_at} />
            </>
          )}
        </p>
      )}
      {unread && (
        <Button tone="quiet" className="notice-read" aria-label={`Mark as read: ${kindWords(notice.kind)} ${notice.number || notice.title}`} onClick={() => onRead(notice.id)}>
          Mark as read
        </Button>
      )}
    </li>
  );
}
