import { useState } from "react";
import { Button } from "./button";
import { CopyButton } from "./copy-button";
import "./json-tree.css";

type Json = unknown;

const PAGE = 100;

/** JSON as a tree that opens level by level; what it holds is written by attackers and shown as text only. */
export function JsonTree({ value, label }: { value: Json; label: string }) {
  return (
    <div className="json" role="group" aria-label={label}>
      <div className="json-tools">
        <CopyButton text={JSON.stringify(value, null, 2)} label="Copy JSON" />
      </div>
      <Node name="" path="$" value={value} depth={0} />
    </div>
  );
}

interface NodeProps {
  name: string;
  path: string;
  value: Json;
  depth: number;
}

function Node({ name, path, value, depth }: NodeProps) {
  if (typeof value !== "object" || value === null) {
    return (
      <div className="json-leaf">
        {name !== "" && <Name name={name} path={path} />}
        <span className={`json-${value === null ? "null" : typeof value}`}>{JSON.stringify(value) ?? "undefined"}</span>
      </div>
    );
  }
  return <Branch name={name} path={path} value={value} depth={depth} />;
}

function Branch({ name, path, value, depth }: NodeProps & { value: object }) {
  const [open, setOpen] = useState(depth < 2);
  const [limit, setLimit] = useState(PAGE);
  const isArray = Array.isArray(value);
  const entries = Object.entries(value);
  const summary = isArray ? `[${entries.length}]` : `{${entries.length}}`;
  return (
    <details className="json-branch" open={open} onToggle={(e) => setOpen(e.currentTarget.open)}>
      <summary>
        {name !== "" && <Name name={name} path={path} />}
        <span className="muted">{summary}</span>
      </summary>
      {open && (
        <div className="json-children">
          {entries.slice(0, limit).map(([key, child]) => (
            <Node key={key} name={key} path={isArray ? `${path}[${key}]` : `${path}.${key}`} value={child} depth={depth + 1} />
          ))}
          {entries.length > limit && (
            <Button tone="quiet" onClick={() => setLimit(limit + PAGE * 10)}>
              Show more ({entries.length - limit})
            </Button>
          )}
        </div>
      )}
    </details>
  );
}

function Name({ name, path }: { name: string; path: string }) {
  return (
    <span className="json-name" title={path}>
      {name}:{" "}
    </span>
  );
}

/** Text as it is: a template, a command, a body that could not be read. */
export function CodeBlock({ text, label, copy = true }: { text: string; label: string; copy?: boolean }) {
  return (
    <figure className="code" aria-label={label}>
      {copy && (
        <div className="json-tools">
          <CopyButton text={text} />
        </div>
      )}
      {/* Focusable so that long lines can be scrolled by keyboard. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre tabIndex={0}>{text}</pre>
    </figure>
  );
}
