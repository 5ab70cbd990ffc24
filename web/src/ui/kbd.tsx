import { keyLabel, keyParts, type Keys } from "@/lib/keyboard";
import "./kbd.css";

/** A key hint: <Kbd keys="g q" />. Read out by nobody: aria-keyshortcuts says it to assistive technology. */
export function Kbd({ keys }: { keys: Keys }) {
  return (
    <span className="kbds" aria-hidden="true">
      {keyParts(keys).map((key, i) => (
        <kbd key={`${key}${i}`} className="kbd">
          {keyLabel(key)}
        </kbd>
      ))}
    </span>
  );
}
