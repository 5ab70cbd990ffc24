import { describe, expect, it } from "vitest";
import { parseSearch, safeReturn, stringifySearch, textParam } from "./search-params";

describe("the search part of an address", () => {
  it("keeps texts as they are, numbers and quotes included", () => {
    const search = { q: 'title:"a b" severity>=high', view: "42" };
    expect(parseSearch(stringifySearch(search))).toEqual(search);
  });

  it("leaves out what is empty and keeps colons readable", () => {
    expect(stringifySearch({ q: "owner:me", sel: undefined, sort: "" })).toBe("?q=owner:me");
    expect(stringifySearch({})).toBe("");
  });

  it("drops what no screen asked for", () => {
    expect(textParam({ q: "x", evil: "y", view: 3 }, "q", "view")).toEqual({ q: "x" });
  });
});

describe("the way back after signing in", () => {
  it.each([
    ["/queue?view=mine", "/queue?view=mine"],
    [undefined, "/"],
    ["//evil.example", "/"],
    ["/\\evil.example", "/"],
    ["/\t/evil.example", "/"],
    ["https://evil.example/", "/"],
    ["javascript:alert(1)", "/"],
  ])("%j leads to %s", (back, to) => {
    expect(safeReturn(back)).toBe(to);
  });
});
