import type { Problem } from "@/lib/problem";

/** Has the person prove freshly who they are; false when they would rather not. */
export type Prover = (methods: string[]) => Promise<boolean>;

const SESSION = "/api/v1/session";

/**
 * Clears what stood in the way of a request and sends it once more: the same request, with the same
 * Idempotency-Key, so that it is done once however often it is sent.
 */
export class Again {
  private prover: Prover | undefined;
  private proving: Promise<boolean> | undefined;
  private looking: Promise<boolean> | undefined;
  // A request that was sent has no body left to send again.
  private copies = new WeakMap<Request, Request>();

  constructor(private send: (request: Request) => Promise<Response>) {}

  /** Who asks for a proof; returns the way to take that back. */
  proveBy(prover: Prover): () => void {
    this.prover = prover;
    return () => {
      if (this.prover === prover) this.prover = undefined;
    };
  }

  keep(request: Request): void {
    if (request.method !== "GET") this.copies.set(request, request.clone());
  }

  /** The answer to a second try, or undefined where there is none to be made. */
  async after(request: Request, problem: Problem): Promise<Response | undefined> {
    if (!(await this.cleared(request, problem))) return undefined;
    return this.send(this.copies.get(request) ?? request);
  }

  private cleared(request: Request, problem: Problem): Promise<boolean> {
    if (problem.status === 403 && problem.slug === "step-up-required") return this.prove(problem);
    const isOwn = new URL(request.url).pathname.startsWith(SESSION);
    if (problem.status === 401 && problem.slug === "unauthenticated" && !isOwn) return this.isSignedIn();
    return Promise.resolve(false);
  }

  /** Requests that are refused together are cleared by one proof. */
  private prove(problem: Problem): Promise<boolean> {
    const methods = Array.isArray(problem.body.methods) ? problem.body.methods.map(String) : [];
    this.proving ??= (this.prover?.(methods) ?? Promise.resolve(false)).finally(() => (this.proving = undefined));
    return this.proving;
  }

  /** A proof, here or in another tab, gave the session a new secret while this request was on its way. */
  private isSignedIn(): Promise<boolean> {
    this.looking ??= this.send(new Request(new URL(SESSION, window.location.origin)))
      .then(
        (response) => response.ok,
        () => false,
      )
      .finally(() => (this.looking = undefined));
    return this.looking;
  }
}
