/** One refused field or parameter, as RFC 9457 `errors` carries it. */
export interface ProblemField {
  location?: string;
  message?: string;
  code?: string;
}

/** The body of an application/problem+json answer. Everything is optional: proxies answer too. */
export interface ProblemBody {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  instance?: string;
  errors?: ProblemField[] | null;
  [extra: string]: unknown;
}

/** An answer that was not a success, or no answer at all (status 0). */
export class Problem extends Error {
  readonly status: number;
  readonly body: ProblemBody;

  constructor(status: number, body: ProblemBody) {
    super(body.detail ?? body.title ?? titleOf(status));
    this.name = "Problem";
    this.status = status;
    this.body = body;
  }

  /** The last part of `type`: "stale-revision" in "urn:tocsin:error:stale-revision". */
  get slug(): string {
    return this.body.type?.split(/[:/]/).pop() ?? "";
  }

  get title(): string {
    return this.body.title ?? titleOf(this.status);
  }

  get instance(): string | undefined {
    return this.body.instance;
  }

  get fields(): ProblemField[] {
    return this.body.errors ?? [];
  }

  /** The fields whose message the detail does not repeat. */
  get otherFields(): ProblemField[] {
    return this.fields.filter((f) => !f.message || !this.message.includes(f.message));
  }

  /** The message for one field of a form, by the end of its location ("body.email" → "email"). */
  field(name: string): string | undefined {
    return this.fields.find((f) => f.location?.split(".").pop() === name)?.message;
  }

  /** Byte offset of a mistake in a query, from the extra member `offset`. */
  get offset(): number | undefined {
    return typeof this.body.offset === "number" ? this.body.offset : undefined;
  }
}

/** Makes a Problem of whatever was thrown, so that every screen can show it. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new Problem(-1, { title: "This screen failed", detail });
}

function titleOf(status: number): string {
  switch (status) {
    case 0:
      return "No connection to the server";
    case 401:
      return "Sign in to go on";
    case 403:
      return "Not allowed";
    case 404:
      return "Not found";
    case 409:
    case 412:
      return "Somebody else was first";
    case 429:
      return "Too many requests";
    case 503:
      return "The server is busy";
    default:
      return status >= 500 ? "The server failed" : "The request was refused";
  }
}

/** What is wrong with one field of a form, if the error names it. */
export function fieldError(error: unknown, name: string): string | undefined {
  return error ? toProblem(error).field(name) : undefined;
}
