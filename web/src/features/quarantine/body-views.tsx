import { useMemo, useState } from "react";
import { downloadBytes } from "@/lib/download";
import { formatBytes } from "@/lib/format";
import { Button } from "@/ui/button";
import { CodeBlock, JsonTree } from "@/ui/json-tree";
import { ErrorState } from "@/ui/states";
import { Tabs } from "@/ui/tabs";
import { asJson, fromBase64, hexLines, visibleText } from "./bytes";

const FIRST = 16 * 1024;

interface ViewsProps {
  id: string;
  base64: string;
  view: string | undefined;
  onView: (view: string | undefined) => void;
}

/** Bytes from outside, as text in which nothing hides, as hex, and as JSON where they are some. */
export function BodyViews({ id, base64, view, onView }: ViewsProps) {
  const bytes = useMemo(() => fromBase64(base64), [base64]);
  const [limit, setLimit] = useState(FIRST);
  const json = useMemo(() => bytes && asJson(bytes), [bytes]);
  if (!bytes) return <ErrorState error={new Error("The bytes did not come whole.")} />;
  const tabs = [
    { id: "text", label: "Text", content: <CodeBlock text={visibleText(bytes, limit)} label="As text" /> },
    { id: "hex", label: "Hex", content: <CodeBlock text={hexLines(bytes, limit).join("\n")} label="As hex" /> },
    ...(json ? [{ id: "json", label: "JSON", content: <JsonTree value={json.value} label="As JSON" /> }] : []),
  ];
  const shown = tabs.some((tab) => tab.id === view) ? (view ?? "text") : "text";
  return (
    <div className="quarantine-body">
      <Tabs label="The bytes" tabs={tabs} value={shown} onChange={(next) => onView(next === "text" ? undefined : next)} />
      <div className="quarantine-buttons">
        {shown !== "json" && bytes.length > limit && (
          <Button onClick={() => setLimit(limit * 16)}>
            Show more: {formatBytes(Math.min(limit * 16, bytes.length))} of {formatBytes(bytes.length)}
          </Button>
        )}
        <Button onClick={() => downloadBytes(`quarantine-${id}.bin`, bytes)}>Download the bytes</Button>
      </div>
    </div>
  );
}
