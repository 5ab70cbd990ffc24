import { act, fireEvent, render, screen } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { type Action, ActionRegistry, ActionsProvider, useActions, useAllActions, useKeyboard, waysOf } from "./actions";
import { writeStored } from "./stored";

const registry = { current: new ActionRegistry() };

function Listener() {
  useKeyboard(registry.current);
  return <ul>{useAllActions().map((action) => <li key={action.id}>{action.label}</li>)}</ul>;
}

function Owner({ actions }: { actions: Action[] }) {
  useActions(actions);
  return <input aria-label="field" />;
}

const show = (...owners: Action[][]) =>
  render(
    <ActionsProvider value={registry.current}>
      <Listener />
      {owners.map((actions, i) => (
        <Owner key={i} actions={actions} />
      ))}
    </ActionsProvider>,
  );

const take = (run: () => void, more: Partial<Action> = {}): Action => ({ id: "ticket.take", label: "Take", group: "Queue", keys: "t", run, ...more });

beforeEach(() => {
  registry.current = new ActionRegistry();
  writeStored("single-keys", null);
});

describe("an action", () => {
  it("is run by its key", () => {
    const run = vi.fn();
    show([take(run)]);
    fireEvent.keyDown(document.body, { key: "t" });
    expect(run).toHaveBeenCalledOnce();
  });

  it("is left alone while somebody types", () => {
    const run = vi.fn();
    show([take(run)]);
    fireEvent.keyDown(screen.getByLabelText("field"), { key: "t" });
    expect(run).not.toHaveBeenCalled();
  });

  it("is not run when it is blocked or hidden", () => {
    const run = vi.fn();
    show([take(run, { blocked: "Choose a ticket first" })], [take(run, { id: "b", keys: "b", hidden: true })]);
    fireEvent.keyDown(document.body, { key: "t" });
    fireEvent.keyDown(document.body, { key: "b" });
    expect(run).not.toHaveBeenCalled();
    expect(screen.getAllByRole("listitem")).toHaveLength(1);
  });

  it("can be switched off as a single key, but not with Ctrl", () => {
    writeStored("single-keys", "off");
    const run = vi.fn();
    const palette = vi.fn();
    show([take(run), take(palette, { id: "p", keys: "mod+k" })]);
    fireEvent.keyDown(document.body, { key: "t" });
    fireEvent.keyDown(document.body, { key: "k", ctrlKey: true });
    expect(run).not.toHaveBeenCalled();
    expect(palette).toHaveBeenCalledOnce();
  });

  it("is gone with the component that offered it, and runs its latest function", () => {
    const first = vi.fn();
    const second = vi.fn();
    const view = show([take(first)]);
    const again = (actions: Action[][]) => (
      <ActionsProvider value={registry.current}>
        <Listener />
        {actions.map((each, i) => (
          <Owner key={i} actions={each} />
        ))}
      </ActionsProvider>
    );
    view.rerender(again([[take(second)]]));
    fireEvent.keyDown(document.body, { key: "t" });
    expect([first.mock.calls.length, second.mock.calls.length]).toEqual([0, 1]);
    act(() => view.rerender(again([])));
    fireEvent.keyDown(document.body, { key: "t" });
    expect(second).toHaveBeenCalledOnce();
  });

  it("may be pressed in several ways", () => {
    expect(waysOf("j,ArrowDown")).toEqual(["j", "ArrowDown"]);
    expect(waysOf(",")).toEqual([","]);
    expect(waysOf(undefined)).toEqual([]);
  });
});
