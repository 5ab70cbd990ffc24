import type { MethodResponse } from "openapi-react-query";
import type { $api } from "@/api/client";

type Client = typeof $api;

export type Retention = MethodResponse<Client, "get", "/retention">;
export type Preview = MethodResponse<Client, "post", "/retention/preview">;
export type Item = Preview["items"][number];

/** What a person can set; the numbers are texts while they are typed. */
export interface Draft {
  originals_days: string;
  findings_days: string;
  quarantine_days: string;
  tickets_days: string;
  min_free_gib: string;
  min_free_percent: string;
  backup_days: string;
}
