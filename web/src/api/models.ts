import type { MethodResponse } from "openapi-react-query";
import type { $api } from "./client";

// Shapes are read off the operations, so they follow the generated description whatever it calls them.
type Client = typeof $api;

export type Me = MethodResponse<Client, "get", "/session">;
type Described = MethodResponse<Client, "get", "/tickets/{id}">;
/** The description cannot say of an object that it may be null; this one is where there is no open offer. */
export type Ticket = Omit<Described, "handover"> & { handover: Described["handover"] | null };
export type OpenOffer = Described["handover"];
export type TicketPage = MethodResponse<Client, "get", "/tickets">;
/** A ticket in a list: without what only the ticket's own page needs. */
export type TicketRow = TicketPage["items"][number];
export type TicketCounts = MethodResponse<Client, "get", "/tickets/counts">;
export type SavedView = MethodResponse<Client, "get", "/views">["items"][number];
export type Demo = MethodResponse<Client, "get", "/demo">;
