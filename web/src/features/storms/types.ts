import type { MethodResponse } from "openapi-react-query";
import type { $api } from "@/api/client";

type Made = MethodResponse<typeof $api, "get", "/storms">["items"][number];

/** The description does not say that `same` may be null. */
export type Storm = Omit<Made, "same"> & { same: Made["same"] | null };
export type Choice = "open" | "group" | "suppress";
