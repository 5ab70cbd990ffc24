import { useQuery } from "@tanstack/react-query";
import type { MethodResponse } from "openapi-react-query";
import { type $api, api } from "./client";

type Client = typeof $api;

export type User = MethodResponse<Client, "get", "/users">["items"][number];
export type Team = MethodResponse<Client, "get", "/teams">["items"][number];

/** Everybody, all pages together: a choice of a person and a matrix of roles need them whole. */
export function useUsers(enabled = true) {
  return useQuery({
    // The path stands second, so that live entries find it as they find any answer.
    queryKey: ["get", "/users", "every page"],
    enabled,
    queryFn: async ({ signal }) => {
      const all: User[] = [];
      for (let cursor = ""; ; ) {
        const { data } = await api.GET("/users", { params: { query: cursor ? { cursor } : {} }, signal });
        if (!data) return all;
        all.push(...data.items);
        cursor = data.next_cursor;
        if (cursor === "") return all;
      }
    },
  });
}

export function useTeams(enabled = true) {
  return useQuery({
    queryKey: ["get", "/teams", "every page"],
    enabled,
    queryFn: async ({ signal }) => {
      const all: Team[] = [];
      for (let cursor = ""; ; ) {
        const { data } = await api.GET("/teams", { params: { query: cursor ? { cursor } : {} }, signal });
        if (!data) return all;
        all.push(...data.items);
        cursor = data.next_cursor;
        if (cursor === "") return all;
      }
    },
  });
}
