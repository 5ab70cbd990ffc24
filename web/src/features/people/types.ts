import type { MethodResponse } from "openapi-react-query";
import type { $api } from "@/api/client";

export type { Team, User } from "@/api/people";
export type Role = MethodResponse<typeof $api, "get", "/roles">["items"][number];
