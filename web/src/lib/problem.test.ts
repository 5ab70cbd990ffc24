import { describe, expect, it } from "vitest";
import { fieldError, Problem, toProblem } from "./problem";

describe("a problem", () => {
  const problem = new Problem(422, {
    type: "urn:tocsin:error:stale-revision",
    title: "Invalid",
    detail: "Some fields are wrong.",
    offset: 6,
    errors: [{ location: "body.email", message: "No address." }],
  });

  it("says its detail, its slug, its offset and its fields", () => {
    expect([problem.message, problem.slug, problem.offset]).toEqual(["Some fields are wrong.", "stale-revision", 6]);
    expect(fieldError(problem, "email")).toBe("No address.");
    expect(fieldError(problem, "name")).toBeUndefined();
  });

  it("has words of its own when the answer has none", () => {
    expect(new Problem(502, {}).message).toBe("The server failed");
    expect(new Problem(0, {}).title).toBe("No connection to the server");
    expect(new Problem(422, { errors: null }).fields).toEqual([]);
  });

  it("is made of anything thrown", () => {
    expect(toProblem(problem)).toBe(problem);
    expect(toProblem(new TypeError("x is undefined")).message).toBe("x is undefined");
    expect(toProblem("odd").message).toBe("odd");
  });
});
