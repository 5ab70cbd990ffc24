import type { ReactNode } from "react";
import "./entry-page.css";

/** The frame of the pages before the shell: one narrow column, nothing else. */
export function EntryPage({ title, intro, children }: { title: string; intro?: ReactNode; children: ReactNode }) {
  return (
    <main className="entry">
      <title>{`${title} · Tocsin`}</title>
      <div className="entry-box">
        <p className="entry-brand">Tocsin</p>
        <h1>{title}</h1>
        {intro && <div className="muted">{intro}</div>}
        {children}
      </div>
    </main>
  );
}
