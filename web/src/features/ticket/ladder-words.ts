import { clockPurpose } from "@/lib/clocks";
import { formatCode, formatList } from "@/lib/format";

/** Why a ladder began, as the journal names it: "open", "ack", "phase:analysis", "handover". */
export function triggerWords(trigger: string): string {
  const [metric = "", phase = ""] = trigger.split(":");
  switch (metric) {
    case "open":
      return "nobody has acknowledged it";
    case "handover":
      return "nobody answered the offer in time";
    case "declines":
      return "the offer was declined again and again";
    case "asked":
      return "somebody asked for help";
    default:
      return `the time ${clockPurpose(metric, phase)} has passed`;
  }
}

const causes: Record<string, string> = {
  ack: "somebody acknowledged it",
  taken: "somebody took it",
  accepted: "somebody accepted it",
  closed: "the ticket was closed",
  merged: "the ticket was merged into another",
  severity: "the severity fell",
  met: "what it waited for was done",
  returned: "it went back to the intake of the team",
  withdrawn: "the offer was taken back",
  declined: "the offer was declined",
  offered: "it was offered again",
};

/** What ended a ladder; words of a later server are shown as they are. */
export function stopWords(cause: string): string {
  return causes[cause] ?? formatCode(cause).toLowerCase();
}

/** Whom a level calls: "oncall:team" is whoever is on duty for the ticket's team. Ids say nothing to people. */
export function targetWords(target: string): string {
  const [kind = "", who = ""] = target.split(":");
  switch (kind) {
    case "oncall":
      return who === "team" ? "who is on duty for the team" : "who is on duty by a schedule";
    case "lead":
      return who === "team" ? "the team’s lead" : "the lead of another team";
    case "owner":
      return "the owner";
    case "role":
      return `every ${formatCode(who).toLowerCase()}`;
    case "user":
      return "a named person";
    case "channel":
      return "a channel";
    default:
      return target;
  }
}

/** Several of them, each once. */
export function targetsWords(targets: readonly string[]): string {
  return formatList([...new Set(targets.map(targetWords))]);
}

const deliveries: Record<string, { mark: string; words: string; tone: "ok" | "critical" | "info" }> = {
  queued: { mark: "◔", words: "waits to be sent", tone: "info" },
  sending: { mark: "◔", words: "is being sent", tone: "info" },
  sent: { mark: "✓", words: "was taken", tone: "ok" },
  failed: { mark: "▲", words: "failed", tone: "critical" },
  held: { mark: "‖", words: "waits: quiet hours", tone: "info" },
  coalesced: { mark: "≡", words: "is part of a digest", tone: "info" },
};

/** What became of a message. */
export function deliveryWords(state: string): { mark: string; words: string; tone: "ok" | "critical" | "info" } {
  return deliveries[state] ?? { mark: "·", words: formatCode(state).toLowerCase(), tone: "info" };
}
