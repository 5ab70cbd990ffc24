import type { Permission } from "@/lib/words";

/** Who may decide about a storm; the server decides again. */
export function mayDecide(can: (permission: Permission) => boolean): boolean {
  return can("policy.edit");
}
