import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ifMatch } from "@/api/client";
import type { SavedView } from "@/api/models";
import { notify, notifyError } from "@/ui/toast";
import { movedPosition } from "./views";

export interface ViewAction {
  id: string;
  label: string;
  hidden?: boolean;
  run: () => void;
}

export type ViewActions = ReturnType<typeof useViewActions>;

/** The window that is open. */
export type ViewWindow = "new" | "edit" | "columns" | "remove" | undefined;

interface Input {
  views: readonly SavedView[];
  current: SavedView | undefined;
  /** What is on the screen now. */
  shown: { q: string; sort: string; columns: string[] };
  edited: boolean;
  /** Shows a view as it is saved. */
  show: (view: SavedView | undefined) => void;
}

/** What can be done with a view, as data. */
export function useViewActions({ views, current, shown, edited, show }: Input) {
  const client = useQueryClient();
  const [open, setOpen] = useState<ViewWindow>();
  const refresh = () => client.invalidateQueries({ queryKey: ["get", "/views"] });
  const change = async (body: Partial<{ q: string; sort: string; columns: string[]; position: number; name: string; scope: "personal" | "team" | "shared"; team: string }>) => {
    if (!current) return;
    const { data } = await api.PATCH("/views/{id}", { params: { path: { id: current.id } }, headers: ifMatch(current.rev), body });
    await refresh();
    return data;
  };
  const quietly = (what: string, work: () => Promise<unknown>) => void work().catch((error: unknown) => notifyError(what, error));
  const mine = current?.mine === true;
  const move = (step: -1 | 1) => {
    const position = current && movedPosition(views, current, step);
    return { hidden: !mine || position === undefined, run: () => quietly("The view was not moved", () => change({ position: position ?? 0 })) };
  };
  const list: (ViewAction | "line")[] = [
    {
      id: "view.keep",
      label: "Save changes",
      hidden: !mine || !edited,
      run: () =>
        quietly("The view was not saved", async () => {
          const saved = await change(shown);
          show(saved);
          notify(`Saved ${current?.name}`);
        }),
    },
    { id: "view.new", label: "Save as a new view…", run: () => setOpen("new") },
    { id: "view.columns", label: "Columns…", run: () => setOpen("columns") },
    "line",
    { id: "view.edit", label: "Rename or share…", hidden: !mine, run: () => setOpen("edit") },
    { id: "view.left", label: "Move left", ...move(-1) },
    { id: "view.right", label: "Move right", ...move(1) },
    { id: "view.remove", label: "Delete…", hidden: !mine, run: () => setOpen("remove") },
  ];
  return { list, open, close: () => setOpen(undefined), refresh, change };
}
