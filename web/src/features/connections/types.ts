import type { MethodResponse } from "openapi-react-query";
import type { $api } from "@/api/client";

type Client = typeof $api;

export type Connection = MethodResponse<Client, "get", "/connections/{id}">;
export type Health = Connection["health"];
export type Reconciliation = Connection["reconcile"][number];
export type Manifest = MethodResponse<Client, "get", "/connectors">["items"][number];
export type Field = Manifest["fields"][number];
export type TestResult = MethodResponse<Client, "post", "/connections/{id}/test">;
export type Check = TestResult["checks"][number];
