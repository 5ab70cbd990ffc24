import { useQuery } from "@tanstack/react-query";
import { $api, api } from "@/api/client";
import type { Team, User } from "./types";

/** Everybody, all pages together: the matrix, the filter and the choice of a lead need them whole. */
export function useUsers() {
  return useQuery({
    // The path stands second, so that live entries find it as they find any answer.
    queryKey: ["get", "/users", "every page"],
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

export function useTeams() {
  return useQuery({
    queryKey: ["get", "/teams", "every page"],
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

/** The roles and what each may do: as the server has them, they change only with it. */
export function useRoles() {
  return $api.useQuery("get", "/roles", {}, { staleTime: Infinity });
}
