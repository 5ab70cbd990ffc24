import assert from "node:assert/strict";

const until = async (what, ask) => {
  for (let i = 0; i < 100; i++) {
    if (await ask()) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`${what} did not come`);
};

export default [
  [
    "what was measured is told with how many there were, and what is open is said beside it",
    async ({ page, go, call, inspect, state }) => {
      for (let i = 0; i < 7; i++) {
        const made = await call("POST", "/tickets", { title: `Measured ${i}`, severity: i < 5 ? "high" : "low" });
        assert.equal((await call("POST", `/tickets/${made.body.number}/take`, {})).status, 200);
        const closed = await call("POST", `/tickets/${made.body.number}/close`, { resolution: "false_positive", reason: "It was the backup, as every Tuesday." });
        assert.equal(closed.status, 200, JSON.stringify(closed.body));
        state.measured = made.body.number;
      }
      await until("the measures", async () => (await call("GET", "/kpis?measure=resolve")).body.kpis.find((k) => k.name === "resolve")?.groups[0]?.n >= 7);
      await go("/measures");
      const row = page.getByRole("row").filter({ hasText: "Time to close" });
      await row.getByRole("img", { name: /^Time to close: median/ }).waitFor();
      await page.getByText(/Still open and not counted/).waitFor();
      await inspect("measures");
      await page.getByLabel("Told apart").selectOption("severity");
      await page.waitForURL(/group=severity/);
      await page.getByRole("row").filter({ hasText: "Time to close" }).filter({ hasText: "high" }).waitFor();
      // Two values are too few for an interval: they are shown themselves.
      await page.getByRole("row").filter({ hasText: "Time to close" }).filter({ hasText: "low" }).getByText(/too few/).waitFor();
    },
  ],
  [
    "the times of one ticket tile its life",
    async ({ call, state }) => {
      const { status, body } = await call("GET", `/tickets/${state.measured}/times`);
      assert.equal(status, 200, JSON.stringify(body));
      assert.deepEqual(body.visits.map((visit) => visit.phase), ["detect", "closed"]);
      assert.equal(body.visits[0].left_at, body.visits[1].entered_at);
    },
  ],
  [
    "a question that means nothing is refused by its field",
    async ({ call }) => {
      assert.equal((await call("GET", "/kpis?group=owner")).status, 422);
      assert.equal((await call("GET", "/kpis?from=yesterday")).status, 422);
    },
  ],
];
