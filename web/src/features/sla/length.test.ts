import { expect, it } from "vitest";
import { lengthWords, parseLength, tidyLength } from "./length";

it.each([
  ["15m", { ms: 900_000 }, "15 minutes"],
  ["1h30m", { ms: 5_400_000 }, "1 hour 30 minutes"],
  ["2d", { ms: 172_800_000 }, "2 days"],
  ["24h", { ms: 86_400_000 }, "1 day"],
  ["1bd", { days: 1 }, "1 business day"],
  ["10bd", { days: 10 }, "10 business days"],
  ["0m", undefined, "0m"],
  ["0bd", undefined, "0bd"],
  ["401bd", undefined, "401bd"],
  ["401d", undefined, "401d"],
  ["1d12h", undefined, "1d12h"],
  ["soon", undefined, "soon"],
])("%s is %j, said %s", (text, length, words) => {
  expect(parseLength(text)).toEqual(length);
  expect(lengthWords(text)).toBe(words);
});

it.each([
  ["15 min", "15m"],
  [" 2 Hours ", "2h"],
  ["1 bd", "1bd"],
  ["3 business days", "3bd"],
  ["2 days", "2d"],
  ["1h 30m", "1h30m"],
])("%j is written %s", (typed, text) => {
  expect(tidyLength(typed)).toBe(text);
});
