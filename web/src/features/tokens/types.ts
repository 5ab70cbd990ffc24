import type { MethodResponse } from "openapi-react-query";
import type { $api } from "@/api/client";

type Client = typeof $api;

export type Token = MethodResponse<Client, "get", "/tokens">["items"][number];
export type User = MethodResponse<Client, "get", "/users">["items"][number];
