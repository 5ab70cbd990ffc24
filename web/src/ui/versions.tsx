import type { ReactNode } from "react";
import { cx } from "./cx";
import { ConfirmDialog } from "./dialog";
import { Select } from "./field";
import { Time } from "./time";
import "./versions.css";

/** One state of a document that people change as a whole, such as the rules or the targets. */
export interface Version {
  rev: number;
  at: string;
}

/** Which version is looked at and with which it is compared, by what the address says; items stand newest first. */
export function chosenOf<V extends Version>(items: readonly V[], rev: string | undefined, other: string | undefined) {
  const place = Math.max(0, items.findIndex((one) => String(one.rev) === rev));
  return { newest: items[0], chosen: items[place], place, before: items.find((one) => String(one.rev) === other) ?? items[place + 1] };
}

interface ListProps<V extends Version> {
  items: readonly V[];
  chosen: V;
  /** What a state is called, such as "version". */
  word: string;
  /** Why it was made. */
  said: (one: V) => string;
  /** By whom, and what it changed. */
  by: (one: V) => string;
  /** A link that chooses it. */
  link: (one: V, props: { className: string; "aria-current": "true" | undefined; children: ReactNode }) => ReactNode;
}

/** The versions, newest first. */
export function VersionList<V extends Version>({ items, chosen, word, said, by, link }: ListProps<V>) {
  const content = (one: V) => (
    <>
      <span className="version-head">
        <strong>
          {capital(word)} {one.rev}
        </strong>
        {one === items[0] && <span className="version-state">in force</span>}
        <span className="muted version-when">
          <Time at={one.at} />
        </span>
      </span>
      <span>{said(one)}</span>
      <span className="muted">{by(one)}</span>
    </>
  );
  return (
    <ol className="versions" aria-label={`${capital(word)}s, newest first`}>
      {items.map((one) => (
        <li key={one.rev}>{link(one, { className: cx("version", one === chosen && "version-chosen"), "aria-current": one === chosen ? "true" : undefined, children: content(one) })}</li>
      ))}
    </ol>
  );
}

interface ComparedProps<V extends Version> {
  items: readonly V[];
  chosen: V;
  before: V;
  word: string;
  onChange: (rev: string) => void;
}

/** The other side of a comparison. */
export function ComparedWith<V extends Version>({ items, chosen, before, word, onChange }: ComparedProps<V>) {
  const options = items.filter((one) => one !== chosen).map((one) => ({ value: String(one.rev), label: `${capital(word)} ${one.rev}` }));
  return <Select label="Compared with" className="version-short" value={String(before.rev)} options={options} onChange={(event) => onChange(event.target.value)} />;
}

interface PutBackProps {
  rev: number;
  newest: number;
  word: string;
  /** What becomes of it, as a sentence: "They hold at once." */
  effect: string;
  busy: boolean;
  error: unknown;
  onConfirm: (reason: string) => void;
  onClose: () => void;
}

/** Asks before an earlier version is written again as a new one. */
export function PutBack({ rev, newest, word, effect, busy, error, onConfirm, onClose }: PutBackProps) {
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`Put ${word} ${rev} back?`}
      description={`It is written again as ${word} ${newest + 1}. ${effect} Nothing is lost: ${word} ${newest} stays here.`}
      confirm="Put back"
      reason="Why"
      busy={busy}
      error={error}
      onConfirm={onConfirm}
    />
  );
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
