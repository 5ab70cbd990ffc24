import { type ReactNode, useEffect, useRef } from "react";
import { formatBytes, formatCount } from "@/lib/format";
import { Button } from "@/ui/button";
import { cx } from "@/ui/cx";
import { ErrorState, Skeleton } from "@/ui/states";
import { Time } from "@/ui/time";
import { type Group, isVarious, type QuarantineItem } from "./groups";
import type { useParts } from "./use-quarantine";

interface ListProps {
  groups: readonly Group[];
  open: string;
  onOpen: (group: string) => void;
  children: ReactNode;
}

/** The reasons, each with how many there are; the parts of one of them stand under it. */
export function GroupList({ groups, open, onOpen, children }: ListProps) {
  return groups.map((group) => (
    <section key={group.id} aria-label={group.example_reason}>
      <h2>
        <GroupHead group={group} open={group.id === open} onOpen={onOpen} />
      </h2>
      {group.id === open && (
        <>
          {isVarious(group) && <p className="muted quarantine-various">and others that differ in names or numbers only</p>}
          {children}
        </>
      )}
    </section>
  ));
}

function GroupHead({ group, open, onOpen }: { group: Group; open: boolean; onOpen: (group: string) => void }) {
  const ref = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (open) ref.current?.scrollIntoView({ block: "nearest" });
  }, [open]);
  return (
    <button ref={ref} type="button" className="quarantine-reason" aria-expanded={open} onClick={() => onOpen(group.id)}>
      <span className="quarantine-fold" aria-hidden="true">
        {open ? "▾" : "▸"}
      </span>
      <span className="quarantine-text">
        {group.example_reason}
        <span className="muted quarantine-from">
          {group.source} · last <Time at={group.last_at} />
        </span>
      </span>
      <span className="quarantine-count">{formatCount(group.count)}</span>
    </button>
  );
}

interface PartsProps {
  parts: ReturnType<typeof useParts>;
  selected: string | undefined;
  onSelect: (id: string) => void;
}

/** The parts of the open group, newest first. */
export function Parts({ parts, selected, onSelect }: PartsProps) {
  if (parts.error) return <ErrorState error={parts.error} title="The parts can’t be shown" />;
  if (parts.isPending) return <Skeleton lines={3} label="Loading the parts" />;
  return (
    <>
      <ul>
        {parts.items.map((item) => (
          <li key={item.id}>
            <Part item={item} current={item.id === selected} onSelect={onSelect} />
          </li>
        ))}
      </ul>
      {parts.hasMore && (
        <Button tone="quiet" busy={parts.busy} onClick={parts.more}>
          Show more
        </Button>
      )}
    </>
  );
}

function Part({ item, current, onSelect }: { item: QuarantineItem; current: boolean; onSelect: (id: string) => void }) {
  const ref = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (current) ref.current?.scrollIntoView({ block: "nearest" });
  }, [current]);
  return (
    <button ref={ref} type="button" className={cx("quarantine-part", current && "quarantine-current")} aria-current={current ? "true" : undefined} onClick={() => onSelect(item.id)}>
      <Time at={item.last_received_at} />
      <span className="muted">
        {formatBytes(item.size)}
        {item.seen_count > 1 && ` · came ${formatCount(item.seen_count)} times`}
      </span>
      <code className="quarantine-preview">{item.preview}</code>
    </button>
  );
}
