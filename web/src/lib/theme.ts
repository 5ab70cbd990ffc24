import { readStored, writeStored } from "./stored";

export type Theme = "system" | "light" | "dark";

/** The person's choice; "system" follows prefers-color-scheme. public/theme.js applies it before the first paint. */
export function readTheme(): Theme {
  const stored = readStored("theme");
  return stored === "light" || stored === "dark" ? stored : "system";
}

export function setTheme(theme: Theme): void {
  writeStored("theme", theme === "system" ? null : theme);
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}
