import { describe, expect, it } from "vitest";
import { fromLocalField, toLocalField } from "./zoned";

const zone = "Europe/Amsterdam";

describe("a local time as it is typed", () => {
  it.each([
    ["2026-07-01T14:00", "2026-07-01T12:00:00.000Z", "in summer"],
    ["2026-12-01T14:00", "2026-12-01T13:00:00.000Z", "in winter"],
    ["2026-10-25T02:30", "2026-10-25T00:30:00.000Z", "that the clocks show twice is the first"],
    ["2026-03-29T02:30", "2026-03-29T01:30:00.000Z", "that the clocks jump over comes after the jump"],
    ["2026-03-29T03:00", "2026-03-29T01:00:00.000Z", "right after the jump"],
  ])("%s is %s: %s", (text, utc) => {
    expect(fromLocalField(text, zone)?.toISOString()).toBe(utc);
  });

  it("that is no time gives nothing", () => {
    expect(fromLocalField("", zone)).toBeUndefined();
    expect(fromLocalField("2026-13-01T00:00", zone)).toBeUndefined();
  });

  it("goes there and back in zones with odd offsets and on both sides of the date line", () => {
    for (const place of ["Asia/Kathmandu", "Pacific/Kiritimati", "America/St_Johns", "UTC", "no/such zone"]) {
      const at = new Date("2026-11-23T21:35:00Z");
      expect(fromLocalField(toLocalField(at, place), place)?.getTime(), place).toBe(at.getTime());
    }
  });

  it("is empty for a moment that is none", () => {
    expect(toLocalField(new Date("x"), zone)).toBe("");
  });
});
