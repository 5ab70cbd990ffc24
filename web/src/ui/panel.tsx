import type { ReactNode } from "react";
import { cx } from "./cx";
import "./panel.css";

interface PanelProps {
  title?: string;
  /** Small words or a button at the right of the title. */
  aside?: ReactNode;
  children: ReactNode;
  className?: string;
}

/** A box with a heading. */
export function Panel({ title, aside, children, className }: PanelProps) {
  return (
    <section className={cx("panel", className)} aria-label={title}>
      {(title || aside) && (
        <div className="panel-head">
          {title && <h2>{title}</h2>}
          {aside && <div className="panel-aside">{aside}</div>}
        </div>
      )}
      {children}
    </section>
  );
}

interface PageProps {
  title: string;
  /** Buttons at the right. */
  actions?: ReactNode;
  /** Beside the title: views, a state. */
  lead?: ReactNode;
  /** Words under the title. */
  intro?: ReactNode;
  /** Fills the height and scrolls inside (the queue); otherwise the page scrolls. */
  fill?: boolean;
  /** A readable measure for forms and prose. */
  narrow?: boolean;
  children: ReactNode;
}

/** A screen: its title, what can be done, its content. */
export function Page({ title, actions, lead, intro, fill, narrow, children }: PageProps) {
  return (
    <div className={cx("page", fill && "page-fill", narrow && "page-narrow")}>
      <title>{`${title} · Tocsin`}</title>
      <div className="page-head">
        <h1>{title}</h1>
        {lead}
        {actions && <div className="page-actions">{actions}</div>}
      </div>
      {intro && <p className="muted page-intro">{intro}</p>}
      {children}
    </div>
  );
}
