import { useEffect, useRef } from "react";
import { formatBytes, formatCount } from "@/lib/format";
import { cx } from "@/ui/cx";
import { Time } from "@/ui/time";
import type { Group, QuarantineItem } from "./groups";

interface ListProps {
  groups: readonly Group[];
  selected: string | undefined;
  onSelect: (id: string) => void;
}

/** The parts under their reasons, each with how many there are. */
export function GroupList({ groups, selected, onSelect }: ListProps) {
  return groups.map((group) => (
    <section key={group.key} aria-label={group.reason}>
      <div className="quarantine-reason">
        <h2>{group.reason}</h2>
        <span className="quarantine-count">{formatCount(group.items.length)}</span>
      </div>
      {group.various && <p className="muted quarantine-various">and others that differ in names or numbers only</p>}
      <ul>
        {group.items.map((item) => (
          <li key={item.id}>
            <Part item={item} current={item.id === selected} onSelect={onSelect} />
          </li>
        ))}
      </ul>
    </section>
  ));
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
        {item.source} · {formatBytes(item.size)}
        {item.seen_count > 1 && ` · came ${formatCount(item.seen_count)} times`}
      </span>
      <code className="quarantine-preview">{item.preview}</code>
    </button>
  );
}
