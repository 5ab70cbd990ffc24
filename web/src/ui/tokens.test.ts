import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const source = readFileSync("src/ui/tokens.css", "utf8");

type Theme = "light" | "dark";

/** A token's colour in a theme, following one var() to another. */
function color(name: string, theme: Theme): string {
  const pair = new RegExp(`--${name}: light-dark\\((#[0-9a-f]{6}), (#[0-9a-f]{6})\\);`).exec(source);
  const hex = theme === "light" ? pair?.[1] : pair?.[2];
  const alias = new RegExp(`--${name}: var\\(--([a-z-]+)\\);`).exec(source)?.[1];
  if (hex) return hex;
  if (alias) return color(alias, theme);
  throw new Error(`no colour --${name}`);
}

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((i) => {
    const part = Number.parseInt(hex.slice(i, i + 2), 16) / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

const grounds = ["bg", "panel", "sunken", "selected", "hover"];
const tones = ["critical", "high", "medium", "low", "info", "ok", "danger"];

// Text on its ground: 4.5 to 1 (WCAG 1.4.3). Edges of controls and the focus ring: 3 to 1 (1.4.11).
const text: [string, string][] = [
  ...grounds.flatMap((ground): [string, string][] => ["text", "muted", "accent"].map((ink) => [ink, ground])),
  ...tones.map((tone): [string, string] => [tone, `${tone}-bg`]),
  ...tones.map((tone): [string, string] => [tone, "panel"]),
  ...["low-bg", "medium-bg", "danger-bg"].flatMap((ground): [string, string][] => [["text", ground]]),
  ...[0, 1, 2, 3, 4].map((tint): [string, string] => ["text", `tint-${tint}`]),
  ["muted", "low-bg"],
  ["on-accent", "accent"],
  ["on-accent", "accent-hover"],
  ["on-danger", "danger"],
];
const edges: [string, string][] = [
  ["line-strong", "panel"],
  ["line-strong", "bg"],
  ["accent", "panel"],
  ["accent", "bg"],
];

describe.each<Theme>(["light", "dark"])("in the %s theme", (theme) => {
  it.each(text)("%s on %s can be read", (ink, ground) => {
    expect(contrast(color(ink, theme), color(ground, theme))).toBeGreaterThanOrEqual(4.5);
  });

  it.each(edges)("%s on %s can be seen", (edge, ground) => {
    expect(contrast(color(edge, theme), color(ground, theme))).toBeGreaterThanOrEqual(3);
  });
});
