import createFetchClient, { type Middleware } from "openapi-fetch";
import createQueryClient from "openapi-react-query";
import { newId } from "@/lib/ids";
import { Problem, type ProblemBody } from "@/lib/problem";
import { Again } from "./again";
import type { paths } from "./schema";

/** The paths below /api/v1, whether or not the description spells that prefix out. */
type Paths = { [P in keyof paths as P extends `/api/v1${infer Rest}` ? Rest : P]: paths[P] };

const PREFIX = "/api/v1";

/** Sends a request once more when what it was refused for could be cleared. */
export const again = new Again((request) => fetch(request));

/** Every answer that is not a success becomes a Problem, and so does no answer at all. */
const rules: Middleware = {
  onRequest({ request }) {
    // The same key on a retry of the same request makes the second one harmless.
    if (request.method === "POST" && !request.headers.has("Idempotency-Key")) {
      request.headers.set("Idempotency-Key", newId());
    }
    again.keep(request);
    return request;
  },
  async onResponse({ request, response }) {
    if (response.ok) return undefined;
    const problem = await problemOf(response);
    const second = await again.after(request, problem).catch((error: unknown) => {
      throw unreachable(error);
    });
    if (!second) throw problem;
    if (!second.ok) throw await problemOf(second);
    return second;
  },
  onError({ error }) {
    return unreachable(error);
  },
};

function unreachable(error: unknown): Error {
  if (error instanceof Problem) return error;
  if (error instanceof DOMException && error.name === "AbortError") return error;
  return new Problem(0, { detail: "Check the network, then try again." });
}

/** Reads an error answer; a proxy's page of HTML is not shown, only its status. */
export async function problemOf(response: Response): Promise<Problem> {
  const isJson = /json/.test(response.headers.get("Content-Type") ?? "");
  const body: unknown = isJson ? await response.json().catch(() => ({})) : {};
  const known = typeof body === "object" && body !== null ? (body as ProblemBody) : {};
  return new Problem(response.status, known);
}

/** Calls the API once: `await api.POST("/tickets", { body })` gives `data` or throws a Problem. */
export const api = createFetchClient<Paths>({ baseUrl: new URL(PREFIX, window.location.origin).href });
api.use(rules);

/** The API as hooks: `$api.useQuery("get", "/tickets/{id}", { params: { path: { id } } })`. */
export const $api = createQueryClient<Paths>(api);

/** Header of a change to something that may have changed meanwhile: `headers: ifMatch(ticket.rev)`. */
export function ifMatch(rev: number | string): { "If-Match": string } {
  return { "If-Match": `"${rev}"` };
}

/** The address of something to download or to stream. */
export function apiUrl(path: string): string {
  return PREFIX + path;
}
