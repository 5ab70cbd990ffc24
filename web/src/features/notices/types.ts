import type { MethodResponse } from "openapi-react-query";
import type { $api } from "@/api/client";

type Client = typeof $api;

export type NoticePage = MethodResponse<Client, "get", "/notices">;
export type Notice = NoticePage["items"][number];
export type Delivery = MethodResponse<Client, "get", "/deliveries">["items"][number];
export type DeliveryState = Delivery["state"];
export type Contact = MethodResponse<Client, "get", "/me/contacts">["items"][number];
export type Settings = MethodResponse<Client, "get", "/me/notifications">;
