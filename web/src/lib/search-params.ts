/** The search part of an address as plain texts: "?q=a&sel=INC-1" → { q: "a", sel: "INC-1" }. */
export function parseSearch(search: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(search));
}

/** The other way round; what is empty is left out, and ":" and "," stay readable. */
export function stringifySearch(search: Record<string, unknown>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    if (typeof value === "string" && value !== "") params.set(name, value);
  }
  const text = params.toString().replaceAll("%3A", ":").replaceAll("%2C", ",");
  return text === "" ? "" : `?${text}`;
}

/** Keeps the named texts of an address and drops the rest. */
export function textParam<Name extends string>(search: Record<string, unknown>, ...names: Name[]): Partial<Record<Name, string>> {
  const kept: Partial<Record<Name, string>> = {};
  for (const name of names) {
    const value = search[name];
    if (typeof value === "string" && value !== "") kept[name] = value;
  }
  return kept;
}

/**
 * A path of this page to go back to after signing in, or the start page. Anything that could lead
 * to another host ("//evil.example", "https:…", "/\evil") is not followed.
 */
export function safeReturn(path: string | undefined): string {
  if (!path) return "/";
  // The parser the browser itself uses decides, so that no trick of spelling gets past it.
  const url = URL.parse(path, window.location.origin);
  if (!url || url.origin !== window.location.origin || !path.startsWith("/")) return "/";
  return url.pathname + url.search + url.hash;
}
