import type { MethodResponse } from "openapi-react-query";
import type { $api } from "@/api/client";

type Client = typeof $api;
export type Factors = MethodResponse<Client, "get", "/me/factors">;
export type Factor = Factors["items"][number];
export type Session = MethodResponse<Client, "get", "/sessions">["items"][number];
