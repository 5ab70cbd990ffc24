import type { ReactNode } from "react";
import { CopyButton } from "./copy-button";
import "./secret-once.css";

interface SecretOnceProps {
  label: string;
  value: string;
  /** Who gets it and how, and that it is not shown again. */
  children: ReactNode;
}

/** Something secret that the server shows once: a token, an invitation's link. */
export function SecretOnce({ label, value, children }: SecretOnceProps) {
  return (
    <div className="secret-once">
      <div className="field-label">{label}</div>
      <div className="secret-once-line">
        {/* Focusable so that it can be read and selected by keyboard. */}
        {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
        <code tabIndex={0} aria-label={label}>
          {value}
        </code>
        <CopyButton text={value} />
      </div>
      <div className="field-help">{children}</div>
    </div>
  );
}
