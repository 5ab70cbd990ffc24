import type { QueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { apiUrl } from "./client";
import { kinds } from "./kinds";

/** One line of the journal, as `GET /events` sends it. */
export interface LiveEvent {
  stream: string;
  ticket?: string;
  number?: string;
  kind: string;
  at: string;
  actor: string;
}

/** "lost" after two failed tries: before that a hiccup would only frighten. */
export type LiveState = "connecting" | "open" | "lost";

const BATCH_MS = 300;
const RETRY_MS = 3000;
const CHANNEL = "tocsin-live";

type Batch = LiveEvent[] | "reset";

/**
 * The one connection to the journal. Only one tab of this browser holds it (a browser opens six
 * connections to a server over HTTP/1.1, and analysts open many tabs); it tells the others.
 */
export class Live {
  private state: LiveState = "connecting";
  private failures = 0;
  private lastId = "";
  private pending: LiveEvent[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private source: EventSource | undefined;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private channel: BroadcastChannel | undefined;
  private stopped = new AbortController();
  private stateListeners = new Set<() => void>();
  private batchListeners = new Set<(batch: Batch) => void>();

  start(): void {
    this.stopped = new AbortController();
    const { signal } = this.stopped;
    // Locks exist only in a secure context; without them every tab connects for itself.
    if (!("locks" in navigator) || !("BroadcastChannel" in globalThis)) {
      this.connect();
      return;
    }
    this.channel = new BroadcastChannel(CHANNEL);
    this.channel.onmessage = (message: MessageEvent<{ batch?: Batch; id?: string; state?: LiveState; ask?: true }>) => {
      const { batch, id, state, ask } = message.data;
      if (id) this.lastId = id; // this tab goes on from there when the other one is closed
      if (ask && this.source) this.channel?.postMessage({ state: this.state });
      if (batch) this.deliver(batch);
      if (state && !this.source) this.setState(state);
    };
    this.channel.postMessage({ ask: true });
    void navigator.locks
      .request(CHANNEL, { signal }, () => {
        this.connect();
        return new Promise<void>((release) => signal.addEventListener("abort", () => release()));
      })
      .catch(() => undefined); // aborted while waiting: this tab is going away
  }

  stop(): void {
    this.stopped.abort();
    this.source?.close();
    this.source = undefined;
    this.channel?.close();
    clearTimeout(this.timer);
    clearTimeout(this.retry);
  }

  getState = (): LiveState => this.state;

  onState = (listener: () => void): (() => void) => {
    this.stateListeners.add(listener);
    return () => this.stateListeners.delete(listener);
  };

  /** Hears every batch: entries in journal order, or "reset" when some were missed. */
  onBatch(listener: (batch: Batch) => void): () => void {
    this.batchListeners.add(listener);
    return () => this.batchListeners.delete(listener);
  }

  private connect(): void {
    // The browser resumes by itself; a connection made anew has to be told where to go on.
    const resume = this.lastId === "" ? "" : `?last_event_id=${encodeURIComponent(this.lastId)}`;
    const source = new EventSource(apiUrl(`/events${resume}`));
    this.source = source;
    source.onopen = () => {
      // Nothing had been heard before the break, so nobody knows what happened meanwhile.
      if (this.failures > 0 && this.lastId === "") this.tellAll("reset");
      this.failures = 0;
      this.setState("open");
    };
    source.onerror = () => {
      this.failures += 1;
      if (this.failures >= 2 || source.readyState === EventSource.CLOSED) this.setState("lost");
      if (source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
      source.close();
      clearTimeout(this.retry);
      this.retry = setTimeout(() => this.connect(), RETRY_MS);
    };
    source.addEventListener("reset", () => this.tellAll("reset"));
    for (const kind of kinds) source.addEventListener(kind, (event) => this.take(event));
  }

  private take(event: MessageEvent<string>): void {
    this.lastId = event.lastEventId;
    this.pending.push(JSON.parse(event.data) as LiveEvent);
    this.timer ??= setTimeout(() => {
      const batch = this.pending;
      this.pending = [];
      this.timer = undefined;
      this.tellAll(batch);
    }, BATCH_MS);
  }

  private tellAll(batch: Batch): void {
    this.channel?.postMessage({ batch, id: this.lastId });
    this.deliver(batch);
  }

  private deliver(batch: Batch): void {
    for (const listener of this.batchListeners) listener(batch);
  }

  private setState(state: LiveState): void {
    if (this.source) this.channel?.postMessage({ state });
    if (state === this.state) return;
    this.state = state;
    for (const listener of this.stateListeners) listener();
  }
}

export const live = new Live();

/** Whether changes are arriving. */
export function useLiveState(): LiveState {
  return useSyncExternalStore(live.onState, live.getState);
}

/** Calls `listener` with each batch while mounted; give it a stable function. */
export function useLiveBatch(listener: (batch: Batch) => void): void {
  useEffect(() => live.onBatch(listener), [listener]);
}

/** Connects while mounted and allowed, and refetches whatever a batch may have changed. Used once, by the shell. */
export function useLive(client: QueryClient, allowed: boolean): void {
  useEffect(() => {
    if (!allowed) return;
    const off = live.onBatch((batch) => {
      void client.invalidateQueries({ predicate: (query) => query.meta?.still !== true && concerns(query.queryKey, batch) });
    });
    live.start();
    return () => {
      off();
      live.stop();
    };
  }, [client, allowed]);
}

/** Which kinds of entries change which answers, by the first part of the path. */
const sources: Record<string, string[]> = {
  tickets: ["ticket", "finding"],
  views: ["view", "ticket"],
  findings: ["finding", "ticket"],
  quarantine: ["finding", "quarantine"],
  connections: ["connection"],
  // An entry of a ticket's stream; what changes of the ticket itself the reader of a briefing hears by itself.
  handovers: ["handover"],
  oncall: ["schedule", "override", "duty"],
  schedules: ["schedule", "override", "duty"],
  // Not what the clocks of tickets do, which is told by the same room, all the time.
  sla: ["sla.changed"],
  policy: ["policy", "list"],
  lists: ["list", "policy"],
  storms: ["storm"],
  users: ["user", "team"],
  teams: ["team", "user"],
  tokens: ["token", "user"],
  session: ["user"],
};

/**
 * Whether a cached answer may be out of date. Keys are ["get", path, init]; a ticket's own answers
 * follow only that ticket. A list that must not jump (the queue) opts out with `meta: { still: true }`
 * and listens for itself.
 */
export function concerns(key: readonly unknown[], batch: Batch): boolean {
  const [, path, init] = key;
  if (typeof path !== "string") return false;
  if (batch === "reset") return true;
  const room = path.split("/")[1] ?? "";
  const id = (init as { params?: { path?: { id?: string } } } | undefined)?.params?.path?.id;
  return batch.some((event) => {
    // What a storm does is told in its ticket's stream, by its own kinds.
    const names = [event.stream.split(":")[0] ?? "", event.kind.split(".")[0] ?? "", event.kind];
    if (!names.some((name) => sources[room]?.includes(name))) return false;
    if (room !== "tickets" || id === undefined) return true;
    return id === event.ticket || id === event.number;
  });
}
