import { CopyButton } from "@/ui/copy-button";

/** Text to take along: an address or a command. */
export function Command({ label = "Command", text }: { label?: string; text: string }) {
  return (
    <div className="connection-command">
      {/* Focusable so that a long command can be scrolled and selected by keyboard. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre tabIndex={0} aria-label={label}>
        {text}
      </pre>
      <CopyButton text={text} />
    </div>
  );
}
