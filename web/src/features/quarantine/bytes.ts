/** The bytes of a base64 text; undefined when it is none. */
export function fromBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  } catch {
    return undefined;
  }
}

const PER_LINE = 16;

/** "00000010  7b 22 …  {"…": sixteen bytes a line, as od and hexdump show them. */
export function hexLines(bytes: Uint8Array, limit: number): string[] {
  const lines: string[] = [];
  const end = Math.min(bytes.length, limit);
  for (let at = 0; at < end; at += PER_LINE) {
    const line = bytes.subarray(at, Math.min(at + PER_LINE, end));
    const hex = [...line].map((b) => b.toString(16).padStart(2, "0"));
    const text = [...line].map((b) => (b >= 0x20 && b < 0x7f ? String.fromCharCode(b) : "."));
    const left = hex.slice(0, 8).join(" ").padEnd(23);
    const right = hex.slice(8).join(" ").padEnd(23);
    lines.push(`${at.toString(16).padStart(8, "0")}  ${left}  ${right}  ${text.join("")}`);
  }
  return lines;
}

/** Whether a character shows nothing itself, or makes others show elsewhere or otherwise than they stand. */
function isHidden(code: number): boolean {
  if (code === 0x0a || code === 0x09) return false;
  const control = code < 0x20 || (code >= 0x7f && code < 0xa0);
  const direction = (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f);
  return control || direction || code === 0x061c || code === 0xfeff || (code >= 0xe0000 && code <= 0xe007f);
}

/** Bytes as text in which nothing hides: what can't be seen stands as its number, what is no UTF-8 as U+FFFD. */
export function visibleText(bytes: Uint8Array, limit: number): string {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(0, limit));
  let shown = "";
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    shown += isHidden(code) ? `[U+${code.toString(16).toUpperCase().padStart(4, "0")}]` : char;
  }
  return shown;
}

/** What the bytes mean as JSON; undefined when they are none. */
export function asJson(bytes: Uint8Array): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as unknown };
  } catch {
    return undefined;
  }
}
