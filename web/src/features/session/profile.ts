import type { Option } from "@/ui/field";

/** Characters a password needs; the server checks for itself. */
export const minPassword = 15;

export const passwordHelp = `At least ${minPassword} characters; a few words are good.`;

/** Every zone this browser knows, the given one and UTC among them. */
export function zoneOptions(present: string): Option[] {
  const known = typeof Intl.supportedValuesOf === "function" ? Intl.supportedValuesOf("timeZone") : [];
  const zones = [...new Set(["UTC", present, ...known])].sort((a, b) => (a < b ? -1 : 1));
  return zones.map((zone) => ({ value: zone, label: zone.replaceAll("_", " ") }));
}
