import type { Option } from "@/ui/field";

const MIN_PASSWORD = 12;

/** Why a password can't be sent yet; the server checks for itself. */
export function shortPassword(password: string): string | false {
  return [...password].length < MIN_PASSWORD && `The password needs at least ${MIN_PASSWORD} characters`;
}

/** Every zone this browser knows, the given one and UTC among them. */
export function zoneOptions(present: string): Option[] {
  const known = typeof Intl.supportedValuesOf === "function" ? Intl.supportedValuesOf("timeZone") : [];
  const zones = [...new Set(["UTC", present, ...known])].sort((a, b) => (a < b ? -1 : 1));
  return zones.map((zone) => ({ value: zone, label: zone.replaceAll("_", " ") }));
}
