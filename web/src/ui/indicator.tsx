import { defang } from "@/lib/defang";
import { CopyButton } from "./copy-button";
import "./indicator.css";

/** An indicator made harmless to look at; what is copied is the real one. */
export function Indicator({ type, value }: { type: string; value: string }) {
  return (
    <span className="indicator">
      <code title={type}>{defang(type, value)}</code>
      <CopyButton text={value} label="Copy raw" />
    </span>
  );
}
