const count = new Intl.NumberFormat("en");
const plurals = new Intl.PluralRules("en");
const lists = new Intl.ListFormat("en", { type: "conjunction" });

/** "2,914". */
export function formatCount(n: number): string {
  return count.format(n);
}

/** "2,914" when exact, "25,000+" when it is an estimate. */
export function formatEstimate(n: number, exact: boolean): string {
  return exact ? count.format(n) : `${count.format(n)}+`;
}

/** "1 ticket", "3 tickets". */
export function formatPlural(n: number, forms: { one: string; other: string }): string {
  return `${count.format(n)} ${plurals.select(n) === "one" ? forms.one : forms.other}`;
}

/** "a, b and c". */
export function formatList(items: string[]): string {
  return lists.format(items);
}

/** "14.2 KiB". */
export function formatBytes(n: number): string {
  if (n < 1024) return `${n} B`;
  const units = ["KiB", "MiB", "GiB"];
  let value = n / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}

/** "post_incident" → "Post incident": codes stay as they are in the API and are spoken on the screen. */
export function formatCode(code: string): string {
  const words = code.replaceAll(/[_-]/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Where a byte offset in the UTF-8 form of `text` falls among its UTF-16 characters. */
export function charIndexOf(text: string, byteOffset: number): number {
  let bytes = 0;
  let chars = 0;
  for (const point of text) {
    if (bytes >= byteOffset) break;
    bytes += new TextEncoder().encode(point).length;
    chars += point.length;
  }
  return chars;
}
