import type { MethodResponse } from "openapi-react-query";
import type { $api } from "@/api/client";

type Client = typeof $api;

export type User = MethodResponse<Client, "get", "/users">["items"][number];
export type Team = MethodResponse<Client, "get", "/teams">["items"][number];
export type Role = MethodResponse<Client, "get", "/roles">["items"][number];
