import { describe, expect, it } from "vitest";
import { belongsToTarget, isUsedUp, KeyMatcher, keyLabel, keyOf } from "./keyboard";

const press = (init: KeyboardEventInit) => keyOf(new KeyboardEvent("keydown", init));

describe("a key press", () => {
  it.each([
    [{ key: "t" }, "t"],
    [{ key: "T", shiftKey: true }, "shift+t"],
    [{ key: "?", shiftKey: true }, "?"],
    [{ key: "k", ctrlKey: true }, "mod+k"],
    [{ key: "k", metaKey: true }, "mod+k"],
    [{ key: "Enter" }, "Enter"],
    [{ key: "Enter", shiftKey: true }, "shift+Enter"],
    [{ key: " " }, "Space"],
    [{ key: "Shift", shiftKey: true }, ""],
    [{ key: "T" }, "t"], // caps lock
  ])("%o is %j", (init, key) => {
    expect(press(init)).toBe(key);
  });

  it("reads well on a key hint", () => {
    expect(keyLabel("mod+k", false)).toBe("Ctrl K");
    expect(keyLabel("mod+k", true)).toBe("⌘ K");
    expect(keyLabel("shift+x", false)).toBe("Shift X");
    expect(keyLabel("Enter")).toBe("↵");
    expect(keyLabel("t")).toBe("t");
  });
});

describe("sequences", () => {
  const actions = [{ keys: "g q" }, { keys: "g m" }, { keys: "t" }, { keys: "m" }];

  it("waits after the first key and matches at the second", () => {
    const matcher = new KeyMatcher();
    expect(matcher.press("g", 0, actions)).toEqual({ pending: true });
    expect(matcher.press("q", 100, actions).match).toBe(actions[0]);
  });

  it("forgets the first key after a while", () => {
    const matcher = new KeyMatcher();
    matcher.press("g", 0, actions);
    expect(matcher.press("m", 5000, actions).match).toBe(actions[3]);
  });

  it("takes a key that continues nothing for itself", () => {
    const matcher = new KeyMatcher();
    matcher.press("g", 0, actions);
    expect(matcher.press("t", 100, actions).match).toBe(actions[2]);
  });

  it("begins again when the first key is pressed twice", () => {
    const matcher = new KeyMatcher();
    matcher.press("g", 0, actions);
    matcher.press("g", 100, actions);
    expect(matcher.press("m", 200, actions).match).toBe(actions[1]);
  });

  it("lets a page take over a key of the shell", () => {
    const page = { keys: "t" };
    expect(new KeyMatcher().press("t", 0, [...actions, page]).match).toBe(page);
  });
});

describe("whose key it is", () => {
  const at = (html: string, key: string) => {
    document.body.innerHTML = html;
    const target = document.querySelector("[data-at]");
    let answer = false;
    target?.addEventListener("keydown", (event) => {
      answer = belongsToTarget(event as KeyboardEvent, keyOf(event as KeyboardEvent));
    });
    target?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    return answer;
  };

  it.each([
    ["<input data-at>", "t", true],
    ["<textarea data-at></textarea>", "j", true],
    ["<select data-at></select>", "j", true],
    ["<input type=checkbox data-at>", "x", false],
    ["<button data-at>Take</button>", "t", false],
    ["<button data-at>Take</button>", "Enter", true],
    ["<a href=# data-at>INC-1</a>", "Enter", true],
    ["<div role=grid tabindex=0 data-at></div>", "Enter", false],
    ["<div role=grid tabindex=0 data-at></div>", "ArrowDown", false],
    ["<div role=dialog><button data-at>Close</button></div>", "t", true],
    ["<div role=menu><div data-at></div></div>", "t", true],
  ])("%s pressing %s: the target's own is %s", (html, key, own) => {
    expect(at(html, key)).toBe(own);
  });
});

describe("a key press that somebody prevented", () => {
  const pressIn = (html: string) => {
    document.body.innerHTML = html;
    const event = new KeyboardEvent("keydown", { key: "t", bubbles: true, cancelable: true });
    document.body.firstElementChild?.addEventListener("keydown", (e) => e.preventDefault());
    document.body.firstElementChild?.dispatchEvent(event);
    return isUsedUp(event);
  };

  it("is used up", () => {
    expect(pressIn("<div></div>")).toBe(true);
    expect(pressIn("<button></button>")).toBe(true);
  });
  it("is still there when it fell on a button that can't be pressed", () => {
    expect(pressIn('<button aria-disabled="true"></button>')).toBe(false);
  });
  it("is not, when nobody did", () => {
    expect(isUsedUp(new KeyboardEvent("keydown", { key: "t" }))).toBe(false);
  });
});
