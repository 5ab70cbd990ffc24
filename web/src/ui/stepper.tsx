import type { ReactNode } from "react";
import { cx } from "./cx";
import "./stepper.css";

export interface Step {
  id: string;
  label: string;
  state: "done" | "current" | "ahead" | "skipped";
  /** The clock: "1 h 12 m", "31 m · 42 m left", "target 8 h". */
  detail?: ReactNode;
  /** How often it was entered, when more than once. */
  visits?: number;
  /** Its time has passed. */
  over?: boolean;
}

const spoken = { done: "done", current: "current", ahead: "not started", skipped: "skipped" };

/** Phases in their order, each with its clock. */
export function Stepper({ label, steps }: { label: string; steps: Step[] }) {
  return (
    // Focusable so that a narrow window can be scrolled by keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <ol className="stepper" aria-label={label} tabIndex={0}>
      {steps.map((step) => (
        <li key={step.id} className={cx("step", `step-${step.state}`, step.over && "step-over")} aria-current={step.state === "current" ? "step" : undefined}>
          <span className="step-label">
            {step.state === "done" && <span aria-hidden="true">✓ </span>}
            {step.label}
            {(step.visits ?? 1) > 1 && <span className="muted"> ×{step.visits}</span>}
            <span className="visually-hidden">, {spoken[step.state]}</span>
          </span>
          <span className="step-detail">{step.detail ?? "\u00a0"}</span>
        </li>
      ))}
    </ol>
  );
}
