import { formatCount, formatPlural } from "@/lib/format";
import { TextArea } from "@/ui/field";
import { type ListKind, kindOf } from "./kinds";
import type { Pasted } from "./paste";

const MOST_SHOWN = 8;

interface PasteBoxProps {
  label: string;
  kind: ListKind;
  text: string;
  onText: (text: string) => void;
  read: Pasted;
  optional?: boolean;
  error?: string | undefined;
}

/** Many lines at once; each that is wrong is named while it is typed. */
export function PasteBox({ label, kind, text, onText, read, optional = false, error }: PasteBoxProps) {
  const { items, mistakes, doubles } = read;
  return (
    <>
      <TextArea
        label={label}
        rows={7}
        className="lists-paste"
        optional={optional}
        value={text}
        spellCheck={false}
        placeholder={kindOf(kind)?.example}
        help="One a line; what stands behind the value is its note."
        error={error}
        onChange={(event) => onText(event.target.value)}
      />
      {text.trim() !== "" && (
        <div role="status" className="lists-read">
          <p>
            {formatPlural(items.length, { one: "item", other: "items" })} to add
            {doubles > 0 && `, ${formatPlural(doubles, { one: "line", other: "lines" })} already there`}
            {mistakes.length > 0 && <strong className="lists-wrong">, {formatPlural(mistakes.length, { one: "line", other: "lines" })} to mend</strong>}
          </p>
          {mistakes.length > 0 && (
            <ul className="lists-mistakes">
              {mistakes.slice(0, MOST_SHOWN).map((mistake) => (
                <li key={mistake.line}>
                  <strong>Line {mistake.line}</strong> <code>{mistake.text}</code> {mistake.why}
                </li>
              ))}
              {mistakes.length > MOST_SHOWN && <li>and {formatCount(mistakes.length - MOST_SHOWN)} more</li>}
            </ul>
          )}
        </div>
      )}
    </>
  );
}
