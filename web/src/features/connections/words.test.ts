import { describe, expect, it } from "vitest";
import { Problem } from "@/lib/problem";
import { deployCommand, outputsCommand } from "./aws-commands";
import { checkGroups, countWords, stateWord, testWords, toldWords } from "./health-words";
import { allShown, errorAt } from "./locations";

describe("health in words", () => {
  const health = { state: "ok" as const, since: null, last_ok_at: null, last_error: "", received: 1204, deleted: 1200, quarantined: 0, refused: 0, refused_at: null };

  it("speaks every state, and shows one it does not know", () => {
    expect(["ok", "failing", "starting", "off", "odd"].map((state) => stateWord(state))).toEqual(["Working", "Failing", "Starting", "Switched off", "odd"]);
  });

  it("does not say that a way of telling people is starting", () => {
    expect(stateWord("starting", "told")).toBe("Not used yet");
    expect(stateWord("failing", "told")).toBe("Failing");
  });

  it("says what went through, and quarantine only where there is any", () => {
    expect(countWords(health)).toBe("1,204 received, 1,200 stored and taken off the queue");
    expect(countWords({ ...health, quarantined: 4 })).toContain("4 in quarantine");
    expect(countWords({ ...health, received: 0 })).toBe("Nothing received yet");
  });

  it("says of a way of telling people only what was pressed", () => {
    expect(toldWords({ received: 0, refused: 0 })).toBe("");
    expect(toldWords({ received: 3, refused: 1 })).toBe("3 pressed, 1 call refused");
    expect(toldWords({ received: 0, refused: 2 })).toBe("2 calls refused");
  });

  it("sums a test up and puts the checks of a queue together", () => {
    const checks = [
      { name: "sts:GetCallerIdentity", ok: true, detail: "" },
      { name: "feed: sqs:DeleteMessage", ok: false, detail: "" },
      { name: "feed: encryption", ok: true, detail: "" },
    ];
    expect(testWords(checks)).toBe("1 of 3 checks failed.");
    expect(testWords([])).toBe("There was nothing to check.");
    expect(checkGroups(checks).map((g) => [g.name, ...g.checks.map((c) => c.name)])).toEqual([
      ["", "sts:GetCallerIdentity"],
      ["feed", "sqs:DeleteMessage", "encryption"],
    ]);
  });
});

describe("errors at their fields", () => {
  const error = new Problem(422, {
    errors: [
      { location: "body.settings.feeds[1].region", message: "is not a region" },
      { location: "settings.region", message: "is required" },
    ],
  });

  it("tells a region of a row from that of the connection", () => {
    expect(errorAt(error, "settings.region")).toBe("Is required");
    expect(errorAt(error, "settings.feeds[1].region")).toBe("Is not a region");
    expect(errorAt(error, "settings.feeds[0].region")).toBeUndefined();
    expect(errorAt(undefined, "settings.region")).toBeUndefined();
  });

  it("knows whether all of them have a place in the form", () => {
    expect(allShown(error, ["settings.region", "settings.feeds[1].region"])).toBe(true);
    expect(allShown(error, ["settings.region"])).toBe(false);
    expect(allShown(new Problem(409, {}), ["settings.region"])).toBe(false);
  });
});

describe("the commands to paste", () => {
  it("names the Region where one is given", () => {
    expect(deployCommand(" EU-west-1 ")).toMatch(/--capabilities CAPABILITY_IAM --region eu-west-1$/);
    expect(outputsCommand("us-gov-east-1")).toMatch(/--region us-gov-east-1$/);
  });

  it("leaves out whatever is not shaped like one", () => {
    for (const region of ["", "eu", "eu-west-1; rm -rf ~", "$(id)", "eu-west-1\nid"]) expect(deployCommand(region)).not.toContain("--region");
  });
});
