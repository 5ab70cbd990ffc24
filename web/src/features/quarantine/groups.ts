import type { MethodResponse } from "openapi-react-query";
import type { $api } from "@/api/client";

export type QuarantineItem = MethodResponse<typeof $api, "get", "/quarantine">["items"][number];
export type QuarantineDetail = MethodResponse<typeof $api, "get", "/quarantine/{id}">;

export interface Group {
  key: string;
  /** The reason as the newest item gives it. */
  reason: string;
  field: string;
  /** Whether the items' reasons differ in names or numbers. */
  various: boolean;
  items: QuarantineItem[];
}

/** A reason without what differs from item to item: "unexpected end at byte 1,204" → "unexpected end at byte #". */
export function kindOfReason(reason: string): string {
  return reason
    .replace(/^\[\d+\]\./, "") // its place in the body that was sent
    .replace(/[“"][^”"]*[”"]/g, "“…”")
    .replace(/\[\d+\]/g, "[]")
    .replace(/\d[\d,.]*/g, "#");
}

/** Items under their reason: the largest group first, then the newest; inside a group as given. */
export function groupByReason(items: readonly QuarantineItem[]): Group[] {
  const groups = new Map<string, Group>();
  for (const item of items) {
    const key = kindOfReason(item.reason);
    const group = groups.get(key);
    if (!group) groups.set(key, { key, reason: item.reason, field: item.field, various: false, items: [item] });
    else {
      group.items.push(item);
      group.various ||= item.reason !== group.reason;
    }
  }
  return [...groups.values()].sort((a, b) => b.items.length - a.items.length || (newest(a) < newest(b) ? 1 : -1));
}

function newest(group: Group): string {
  return group.items[0]?.received_at ?? "";
}
