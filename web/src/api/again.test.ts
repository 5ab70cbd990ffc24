import { describe, expect, it } from "vitest";
import { Problem } from "@/lib/problem";
import { Again } from "./again";

const refusal = (status: number, slug: string, extra = {}) => new Problem(status, { type: `urn:tocsin:error:${slug}`, ...extra });
const asked = () => refusal(403, "step-up-required", { methods: ["passkey", "totp"] });

/** A server that notes what is sent again. */
function serving(signedIn = true) {
  const sent: string[] = [];
  const again = new Again(async (request) => {
    const path = new URL(request.url).pathname;
    sent.push(`${request.method} ${path} ${await request.text()}`.trim());
    return new Response("{}", { status: path === "/api/v1/session" && !signedIn ? 401 : 200 });
  });
  return { sent, again };
}

function posted(again: Again, path = "/api/v1/tickets/1/break-glass") {
  const request = new Request(`http://localhost${path}`, { method: "POST", body: "why" });
  again.keep(request);
  void request.text(); // it was sent: its body is gone
  return request;
}

describe("a request that was refused", () => {
  it("is sent again, whole, after a proof", async () => {
    const { sent, again } = serving();
    let methods: string[] = [];
    again.proveBy((given) => {
      methods = given;
      return Promise.resolve(true);
    });
    expect((await again.after(posted(again), asked()))?.status).toBe(200);
    expect(methods).toEqual(["passkey", "totp"]);
    expect(sent).toEqual(["POST /api/v1/tickets/1/break-glass why"]);
  });

  it("stays refused without a proof, and where nobody asks for one", async () => {
    const { sent, again } = serving();
    expect(await again.after(posted(again), asked())).toBeUndefined();
    const stop = again.proveBy(() => Promise.resolve(false));
    expect(await again.after(posted(again), asked())).toBeUndefined();
    stop();
    expect(await again.after(posted(again), asked())).toBeUndefined();
    expect(sent).toEqual([]);
  });

  it("shares one proof with others refused at the same time", async () => {
    const { sent, again } = serving();
    let proofs = 0;
    again.proveBy(async () => {
      proofs++;
      await Promise.resolve();
      return true;
    });
    await Promise.all([again.after(posted(again), asked()), again.after(posted(again), asked())]);
    await again.after(posted(again), asked());
    expect(proofs).toBe(2);
    expect(sent).toHaveLength(3);
  });

  it("is sent again when the session has a new secret, and not when it has ended", async () => {
    const { sent, again } = serving();
    const list = new Request("http://localhost/api/v1/tickets");
    const ended = refusal(401, "unauthenticated");
    expect((await again.after(list, ended))?.ok).toBe(true);
    expect(sent).toEqual(["GET /api/v1/session", "GET /api/v1/tickets"]);
    const gone = serving(false);
    expect(await gone.again.after(list, ended)).toBeUndefined();
    expect(gone.sent).toEqual(["GET /api/v1/session"]);
  });

  it("is left alone for every other reason", async () => {
    const { sent, again } = serving();
    again.proveBy(() => Promise.resolve(true));
    for (const problem of [refusal(401, "sign-in"), refusal(403, "permission"), refusal(401, "second-factor-needed"), refusal(403, "step-up-impossible")]) {
      expect(await again.after(posted(again), problem)).toBeUndefined();
    }
    expect(await again.after(posted(again, "/api/v1/session/second-factor"), refusal(401, "unauthenticated"))).toBeUndefined();
    expect(sent).toEqual([]);
  });
});
