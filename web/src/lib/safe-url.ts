/** The address when a person may follow it (http and https only), else undefined: attackers write our input. */
export function safeHref(address: string | null | undefined): string | undefined {
  if (!address) return undefined;
  const url = URL.parse(address.trim());
  if (!url || (url.protocol !== "https:" && url.protocol !== "http:")) return undefined;
  // "https://console.aws.amazon.com@evil.example" shows one host and goes to another.
  if (url.username || url.password) return undefined;
  return url.href;
}

/** The host an address leads to, for showing beside its words. */
export function hostOf(href: string): string {
  return URL.parse(href)?.host ?? href;
}

const inText = /https?:\/\/[^\s<>"'`|\\^{}]+/gi;

export interface TextPart {
  text: string;
  href?: string;
}

/** Text cut at the addresses in it, so that they can be shown as links. */
export function linkParts(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let from = 0;
  for (const match of text.matchAll(inText)) {
    // What ends a sentence does not belong to the address; a bracket does when it was opened inside.
    let found = match[0].replace(/[.,;:!?]+$/, "");
    if (found.endsWith(")") && !found.includes("(")) found = found.slice(0, -1);
    const href = safeHref(found);
    if (!href) continue;
    if (match.index > from) parts.push({ text: text.slice(from, match.index) });
    parts.push({ text: found, href });
    from = match.index + found.length;
  }
  if (from < text.length) parts.push({ text: text.slice(from) });
  return parts;
}
