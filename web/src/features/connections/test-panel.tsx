import type { ReactNode } from "react";
import { ErrorState, Skeleton } from "@/ui/states";
import { Panel } from "@/ui/panel";
import { cx } from "@/ui/cx";
import { checkGroups, testWords } from "./health-words";
import type { Check, TestResult } from "./types";

interface TestPanelProps {
  /** Said before the first test: what it will do. */
  promise: string;
  button: ReactNode;
  busy: boolean;
  result: TestResult | undefined;
  error: unknown;
}

/** What a test of the connection found, check by check. */
export function TestPanel({ promise, button, busy, result, error }: TestPanelProps) {
  return (
    <Panel title="Test" aside={button}>
      {!busy && !result && !error && <p className="muted">{promise}</p>}
      <div role="status">
        {busy && <Skeleton lines={4} label="Testing the connection" />}
        {!busy && result && <p className={cx("strong", result.ok ? "connection-good" : "connection-bad")}>{testWords(result.checks)}</p>}
      </div>
      {!busy && error ? <ErrorState error={error} title="The test could not be made" /> : null}
      {!busy &&
        result &&
        checkGroups(result.checks).map((group) => (
          <div key={group.name}>
            {group.name && <h3 className="connection-group">{group.name}</h3>}
            <ul className="connection-checks">
              {group.checks.map((check) => (
                <CheckLine key={check.name} check={check} />
              ))}
            </ul>
          </div>
        ))}
    </Panel>
  );
}

function CheckLine({ check }: { check: Check }) {
  return (
    <li className="connection-check">
      <span className={check.ok ? "connection-good" : "connection-bad"}>
        <span aria-hidden="true">{check.ok ? "✓" : "✗"}</span>
        <span className="visually-hidden">{check.ok ? "Passed:" : "Failed:"}</span>
      </span>
      <div>
        <code className="strong">{check.name}</code>
        <div className={check.ok ? "muted" : undefined}>{check.detail}</div>
      </div>
    </li>
  );
}
