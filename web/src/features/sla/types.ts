import type { MethodResponse } from "openapi-react-query";
import type { $api } from "@/api/client";
import type { Severity } from "@/lib/words";

type Client = typeof $api;

/** The document of targets as it is in force. */
export type Edition = MethodResponse<Client, "get", "/sla">;
export type SectionId = "policies" | "calendars" | "ladders";
export type Document = Pick<Edition, SectionId>;
export type CalendarDoc = Edition["calendars"][number];
export type Policy = Edition["policies"][number];
export type Target = Policy["timers"][number];
export type PauseReason = Policy["pause_reasons"][number];
export type Ladder = Edition["ladders"][number];
export type Level = Ladder["levels"][number];
export type HistoryEntry = MethodResponse<Client, "get", "/sla/history">["items"][number];
export type Simulation = MethodResponse<Client, "post", "/sla/simulate">;
export type SimPage = Simulation["pages"][number];
export type SimTarget = SimPage["targets"][number];
export type Clock = Simulation["timers"][number];
export type Rebase = MethodResponse<Client, "post", "/sla/rebase">;
export type Channel = MethodResponse<Client, "get", "/channels">["items"][number];

/** What somebody does in a simulation. */
export interface SimEvent {
  at: string;
  do: "ack" | "pause" | "resume" | "severity" | "phase" | "close" | "reopen" | "note";
  to?: string;
  until?: string;
}

/** What a simulation is asked. */
export interface Ask {
  severity: Severity;
  team: string;
  at: string;
  type?: string;
  events?: SimEvent[];
}
