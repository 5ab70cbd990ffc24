import type { MethodResponse } from "openapi-react-query";
import type { $api } from "@/api/client";

type Client = typeof $api;

export type Policy = MethodResponse<Client, "get", "/policy">;
export type SectionId = "severities" | "suppressions" | "windows" | "rules" | "groups" | "routes";
/** What each section holds, by its name in the API. */
export type Sections = Pick<Policy, SectionId>;
/** Any rule of any section, with what only some have. */
export type AnyRule = Sections[SectionId][number];

export type SeverityRule = Policy["severities"][number];
export type Suppression = Policy["suppressions"][number];
export type MaintenanceWindow = Policy["windows"][number];
export type OpeningRule = Policy["rules"][number];
export type Grouping = Policy["groups"][number];
export type Route = Policy["routes"][number];
export type Limit = NonNullable<OpeningRule["limit"]>;

export type Preview = MethodResponse<Client, "post", "/policy/preview">;
export type HistoryEntry = MethodResponse<Client, "get", "/policy/history">["items"][number];
