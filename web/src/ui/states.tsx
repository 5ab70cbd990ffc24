import type { ReactNode } from "react";
import { toProblem } from "@/lib/problem";
import { Button } from "./button";
import { CopyButton } from "./copy-button";
import "./states.css";

/** Nothing here, and what to do about it. */
export function EmptyState({ title, children, actions }: { title: string; children?: ReactNode; actions?: ReactNode }) {
  return (
    <div className="state">
      <h2>{title}</h2>
      {children && <div className="state-text">{children}</div>}
      {actions && <div className="state-actions">{actions}</div>}
    </div>
  );
}

/** Something failed: what, which field, the reference to hand to an administrator, and a way to try again. */
export function ErrorState({ error, onRetry, title }: { error: unknown; onRetry?: () => void; title?: string }) {
  const problem = toProblem(error);
  return (
    <div className="state" role="alert">
      <h2>{title ?? problem.title}</h2>
      <div className="state-text">
        {problem.message !== problem.title && <p>{problem.message}</p>}
        {problem.otherFields.map((field) => (
          <p key={`${field.location}${field.message}`}>
            {field.location && <code>{field.location}</code>} {field.message}
          </p>
        ))}
        {problem.instance && (
          <p>
            Reference <code>{problem.instance}</code> <CopyButton text={problem.instance} label="Copy reference" />
          </p>
        )}
      </div>
      {onRetry && (
        <div className="state-actions">
          <Button onClick={onRetry}>Retry</Button>
        </div>
      )}
    </div>
  );
}

/** Grey lines where text will be. Said once to assistive technology. */
export function Skeleton({ lines = 3, label = "Loading" }: { lines?: number; label?: string }) {
  return (
    <div className="skeleton" role="status">
      <span className="visually-hidden">{label}</span>
      {Array.from({ length: lines }, (_, i) => (
        <div key={i} className="skeleton-line" aria-hidden="true" />
      ))}
    </div>
  );
}

/** A strip across the page: a warning, an offer, a mark that the data is not real. */
export function Banner({ tone, children, actions }: { tone: "info" | "warn" | "danger"; children: ReactNode; actions?: ReactNode }) {
  return (
    <div className={`banner banner-${tone}`}>
      <div>{children}</div>
      {actions && <div className="banner-actions">{actions}</div>}
    </div>
  );
}

/** How much of a long piece of work is done. */
export function Progress({ label, done, total }: { label: string; done: number; total: number }) {
  return (
    <div className="progress-line">
      <span>{label}</span>
      <progress value={done} max={Math.max(total, 1)} aria-label={label} />
    </div>
  );
}
