import type { MethodResponse } from "openapi-react-query";
import type { $api } from "@/api/client";

export type Group = MethodResponse<typeof $api, "get", "/quarantine/groups">["items"][number];
export type QuarantineItem = MethodResponse<typeof $api, "get", "/quarantine">["items"][number];

/** Whether the parts of a group differ in names or numbers: then the reason of one is not that of all. */
export function isVarious(group: Group): boolean {
  return group.count > 1 && withoutPlace(group.example_reason) !== group.reason;
}

/** A reason without its place in the body that was sent, which is not part of the group's. */
function withoutPlace(reason: string): string {
  return reason.replace(/^\[\d+\]\.?(: )?/, "");
}

/** The one that is chosen, else the first. */
export function chosen<T extends { id: string }>(items: readonly T[], id: string | undefined): T | undefined {
  return items.find((item) => item.id === id) ?? items[0];
}

/** The neighbour of an item, or the last on that side. */
export function neighbour<T extends { id: string }>(items: readonly T[], id: string | undefined, step: number): T | undefined {
  const at = items.findIndex((item) => item.id === id);
  return items[Math.min(items.length - 1, Math.max(0, at + step))];
}

/** What a group is to the server. */
export function nameOf({ reason, field, source }: Group): { reason: string; field: string; source: string } {
  return { reason, field, source };
}
