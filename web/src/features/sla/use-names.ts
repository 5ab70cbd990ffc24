import { $api } from "@/api/client";
import { useTeams, useUsers } from "@/api/people";
import { useCan } from "@/api/session";
import type { Names } from "./who";

const MOST = 200;
// The roles of the contract that are of use in a ladder; the server refuses anything else.
const roles = ["lead", "manager", "responder", "analyst", "tenant-admin"];

/** The people, teams, schedules and channels that ladders name, and how to say their ids. */
export function useNames() {
  const can = useCan();
  const users = useUsers(can("ticket.read") || can("user.manage"));
  const teams = useTeams(can("ticket.read") || can("user.manage"));
  const schedules = $api.useQuery("get", "/schedules", { params: { query: { limit: MOST } } }, { enabled: can("ticket.read") || can("duty.edit") });
  const maySeeChannels = can("connection.read") || can("connection.manage") || can("sla.edit") || can("duty.edit");
  const channels = $api.useQuery("get", "/channels", { params: { query: { limit: MOST } } }, { enabled: maySeeChannels });
  const names: Names = {
    person: (id) => users.data?.find((user) => user.id === id)?.name ?? (users.data ? "somebody unknown" : "…"),
    team: (id) => teams.data?.find((team) => team.id === id)?.name ?? (teams.data ? "an unknown team" : "…"),
    schedule: (id) => schedules.data?.items.find((one) => one.id === id)?.name ?? (schedules.data ? "a schedule that is gone" : "…"),
    channel: (id) => channels.data?.items.find((one) => one.connection === id)?.name ?? (channels.data ? "that is gone" : ""),
  };
  return {
    names,
    roles,
    people: users.data?.filter((user) => user.active && user.kind === "person") ?? [],
    teams: teams.data ?? [],
    schedules: schedules.data?.items ?? [],
    channels: channels.data?.items ?? [],
  };
}

export type KnownNames = ReturnType<typeof useNames>;
