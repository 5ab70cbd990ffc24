import { charIndexOf } from "@/lib/format";
import type { Problem } from "@/lib/problem";
import { Button } from "./button";
import "./query-mistake.css";

interface QueryMistakeProps {
  /** The query the problem is about, which may be older than what stands in the field. */
  q: string;
  problem: Problem;
  /** Puts a better query in the place of this one. */
  onApply: (q: string) => void;
}

/** What is wrong with a query, marked where it stands when it is shown in monospace right above. */
export function QueryMistake({ q, problem, onApply }: QueryMistakeProps) {
  const span = spanOf(q, problem);
  const better = problem.body.did_you_mean;
  return (
    <>
      {span && (
        <pre className="query-marks" aria-hidden="true">
          {" ".repeat(span.from)}
          {"^".repeat(Math.max(1, span.to - span.from))}
        </pre>
      )}
      {problem.message}
      {span && <span className="visually-hidden"> At character {span.from + 1}.</span>}
      {span && typeof better === "string" && better !== "" && (
        <Button tone="quiet" onClick={() => onApply(q.slice(0, span.from) + better + q.slice(span.to))}>
          Use “{better}”
        </Button>
      )}
    </>
  );
}

/** The characters a query's mistake covers; the server counts bytes. */
export function spanOf(q: string, problem: Problem): { from: number; to: number } | undefined {
  if (problem.offset === undefined) return undefined;
  const length = typeof problem.body.length === "number" ? problem.body.length : 0;
  return { from: charIndexOf(q, problem.offset), to: charIndexOf(q, problem.offset + length) };
}
