import { clockPurpose } from "@/lib/clocks";
import { formatBytes, formatCode, formatPlural } from "@/lib/format";
import { formatDuration } from "@/lib/time";
import { stopWords, targetsWords, triggerWords } from "./ladder-words";
import type { LogEntry } from "./queries";

/** The members of an entry's data, read with care: an entry is as old as the program that wrote it. */
export class Data {
  private members: Record<string, unknown>;

  constructor(value: unknown) {
    this.members = typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  }

  text(name: string): string {
    const value = this.members[name];
    return typeof value === "string" ? value : "";
  }

  number(name: string): number {
    const value = this.members[name];
    return typeof value === "number" ? value : 0;
  }

  is(name: string): boolean {
    return this.members[name] === true;
  }

  list(name: string): string[] {
    const value = this.members[name];
    return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
  }

  /** A moment, which the journal keeps in microseconds; "" for none. */
  at(name: string): string {
    const micros = this.number(name);
    return micros > 0 ? new Date(micros / 1000).toISOString() : "";
  }
}

const spoken = (code: string) => formatCode(code).toLowerCase();
const people = (count: number) => formatPlural(count, { one: "person", other: "people" });
const deadlines = (count: number) => formatPlural(count, { one: "deadline", other: "deadlines" });

/** What superseded an offer. */
function endWords(cause: string): string {
  const words: Record<string, string> = {
    closed: "the ticket was closed",
    merged: "the ticket was merged into another",
    break_glass: "a manager took the ticket over",
    returned: "the ticket went back to the intake of the team",
    taken: "somebody took the ticket",
    recipient_left: "whom it was made to has left",
    owner_left: "who made it has left",
  };
  return words[cause] ?? spoken(cause);
}

/** Why the clocks run again, when nobody said so. */
function wakeWords(cause: string): string {
  const words: Record<string, string> = {
    until: "the time of the pause is over",
    limit: "no more time may be spent paused",
    severity: "the severity was raised",
    finding: "another finding came in",
    phase: "it moved to another phase",
    closed: "it was closed",
    reply: "the answer came",
    again: "another pause began",
  };
  return words[cause] ?? spoken(cause);
}

function paged(d: Data): string {
  const who = d.list("people").length;
  const targets = targetsWords(d.list("targets"));
  const level = d.number("level") > 0 ? `level ${d.number("level")} of the ladder` : "the last resort";
  return `called ${level}: ${people(who)}${targets ? `, ${targets}` : ""}`;
}

/**
 * Sentences of kinds whose data say more than the server's sentence does, from the verb on. What begins
 * with a dot is no deed of the actor. Names of people stand in the server's own sentences.
 */
const fileWords = (d: Data) => `a ${d.text("risk") === "none" ? "file" : "suspected file"} of ${formatBytes(d.number("size"))}`;

const deeds: Record<string, (d: Data) => string> = {
  "handover.superseded": (d) => `· The offer ended: ${endWords(d.text("cause"))}`,
  "ticket.unacknowledged": () => "· Nobody said that they are still on it: it must be acknowledged again",
  "sla.warned": (d) => `· ${d.number("percent")} % of the time ${clockPurpose(d.text("metric"), d.text("phase"))} has passed`,
  "sla.breached": (d) => `· The time ${clockPurpose(d.text("metric"), d.text("phase"))} has passed${d.is("on_retarget") ? ", as the target changed" : ""}`,
  "sla.asked": () => "asked the owner whether they are still on it",
  "sla.pause_requested": (d) => `asked to pause the clocks: ${spoken(d.text("reason"))}. A second person must agree`,
  "sla.paused": (d) => (d.text("approved_by") !== d.text("requested_by") ? `agreed to pause the clocks: ${spoken(d.text("reason"))}` : `paused the clocks: ${spoken(d.text("reason"))}`),
  "sla.resumed": (d) => {
    if (d.text("cause") === "person") return "let the clocks run again";
    return d.text("cause") === "withdrawn" ? "took back the wish to pause the clocks" : `· The clocks run again: ${wakeWords(d.text("cause"))}`;
  },
  "sla.rebased": (d) => `· The clocks follow version ${d.number("to_version")} of the targets, no longer ${d.number("from_version")}`,
  "escalation.started": (d) => `began to call people: ${triggerWords(d.text("trigger"))}`,
  "escalation.paged": paged,
  "escalation.coverage_gap": (d) => `found nobody to call at level ${d.number("level")} (${targetsWords(d.list("targets"))}) and went on to the next and the last resort`,
  "escalation.missed": (d) => `· Level ${d.number("level")} should have been called and was not; the last resort was called`,
  "escalation.stopped": (d) => `· Calling people ended: ${stopWords(d.text("cause"))}`,
  "notification.sent": (d) => `sent ${d.number("count") > 1 ? `${d.number("count")} messages as one` : "a message"} over ${spoken(d.text("channel"))}`,
  "notification.failed": (d) => {
    if (d.text("channel") === "") return "had no way to reach somebody who should have been told";
    return `could not deliver a message over ${spoken(d.text("channel"))} in ${formatPlural(d.number("attempts"), { one: "attempt", other: "attempts" })}${d.is("all") ? ", and no other way is left" : ""}`;
  },
  "evidence.added": (d) => `added ${fileWords(d)} as evidence`,
  "evidence.downloaded": (d) => `downloaded a file of evidence${d.text("as") === "archive" ? " inside an archive" : ""}`,
  "evidence.read": () => "looked at a file of evidence",
  "evidence.verified": () => "hashed a file of evidence again: it is what was added",
  "evidence.damaged": (d) => `found that the kept bytes of a file of evidence are ${d.text("condition") === "missing" ? "missing" : "not what was added"}`,
  "evidence.marked": (d) => `said that a file of evidence is ${d.text("risk") === "cleared" ? "harmless" : spoken(d.text("risk"))}`,
  "snooze.changed": (d) => (d.number("until") > 0 ? "wants no messages about it for a while; the clocks run on" : "wants messages about it again"),
  "downtime.noticed": (d) => `was down; ${deadlines(d.number("deadlines"))} passed meanwhile`,
};

/** The sentence of an entry from its verb on, where its data say more than the server's; undefined elsewhere. */
export function kindDeed(entry: Pick<LogEntry, "kind" | "data">): string | undefined {
  return deeds[entry.kind]?.(new Data(entry.data));
}

/** A detail under the sentence: a moment or words. */
export interface KindFact {
  label: string;
  at?: string;
  text?: string;
}

const moments: Record<string, [label: string, member: string][]> = {
  "handover.offered": [["Stands until", "expires_at"]],
  "handover.expired": [["Ended", "expired_at"]],
  "owner.break_glass": [["To be reviewed by", "review_by"]],
  "sla.warned": [["Due", "due_at"]],
  "sla.breached": [["Was due", "due_at"]],
  "sla.asked": [["Answer by", "answer_by"]],
  "sla.pause_requested": [["Until", "until"]],
  "sla.paused": [["Until", "until"]],
  "snooze.changed": [["Until", "until"]],
  "downtime.noticed": [["From", "from"], ["Until", "until"]],
};

/** A minute late is news; less is the tick of the scheduler. */
const LATE_MICROS = 60_000_000;

/** What else an entry says: until when, by when, how late. */
export function kindFacts(entry: Pick<LogEntry, "kind" | "data">): KindFact[] {
  const d = new Data(entry.data);
  const facts: KindFact[] = (moments[entry.kind] ?? []).map(([label, member]) => ({ label, at: d.at(member) })).filter((fact) => fact.at !== "");
  const late = d.number("late_by");
  if (late >= LATE_MICROS) facts.push({ label: "Late by", text: formatDuration(late / 1000) });
  if (entry.kind === "handover.accepted" && d.number("read_ms") > 0) facts.push({ label: "Briefing read in", text: formatDuration(d.number("read_ms")) });
  if (entry.kind === "handover.declined" && d.number("declines") > 1) facts.push({ label: "Declined so far", text: `${d.number("declines")} times` });
  return facts;
}
