import type { MethodResponse } from "openapi-react-query";
import type { $api } from "@/api/client";

type Client = typeof $api;

type Answer = MethodResponse<Client, "get", "/schedules/{id}">;
export type Standing = Answer["now"];
/** A schedule; nobody may be on duty, now or later, which the description cannot say. */
export type Schedule = Omit<Answer, "now" | "next"> & { now: Standing | null; next: Standing | null };
export type Rotation = Answer["rotations"][number];
export type Window = NonNullable<Rotation["windows"]>[number];
/** What the API takes of a schedule. */
export type Plan = Pick<Answer, "name" | "team" | "zone" | "rotations"> & { primary: boolean };

export type Roster = MethodResponse<Client, "get", "/schedules/{id}/shifts">;
export type Shift = Roster["final"][number];
export type Gap = Roster["gaps"][number];
export type Override = MethodResponse<Client, "get", "/schedules/{id}/overrides">["items"][number];
export type OnCall = MethodResponse<Client, "get", "/oncall">["items"][number];
export type Feed = MethodResponse<Client, "get", "/oncall/feeds">["items"][number];
