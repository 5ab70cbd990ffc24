import type { ReactNode } from "react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { formatBytes, formatCode, formatCount } from "@/lib/format";
import { CopyButton } from "@/ui/copy-button";
import { Facts } from "@/ui/facts";
import { Loaded } from "@/ui/loaded";
import { Time } from "@/ui/time";
import { BodyViews } from "./body-views";
import type { QuarantineItem } from "./groups";
import { useKeptBody } from "./use-quarantine";

/** One part: why it could not be read, where, and its bytes. */
export function KeptDetail({ item, children }: { item: QuarantineItem; children: ReactNode }) {
  const body = useKeptBody(item.id);
  const { as } = useSearch({ from: "/shell/quarantine" });
  const navigate = useNavigate({ from: "/quarantine" });
  return (
    <section className="quarantine-detail" aria-label="The chosen part">
      {children}
      <h2 className="quarantine-why">{item.reason}</h2>
      <Facts
        facts={[
          ["Field", item.field && <code>{item.field}</code>],
          ["Came by", item.source],
          ["Received", <Time key="received" at={item.received_at} />],
          [
            "Came again",
            item.seen_count > 1 && (
              <span>
                {formatCount(item.seen_count)} times, last <Time at={item.last_received_at} />
              </span>
            ),
          ],
          ["State", item.state !== "new" && formatCode(item.state)],
          ["Decided", item.decided_at && <Time at={item.decided_at} />],
          ["Why", item.note],
          ["Size", formatBytes(item.size)],
          [
            "SHA-256",
            <span key="sha256">
              <code title={item.sha256}>{item.sha256.slice(0, 16)}…</code> <CopyButton text={item.sha256} label="Copy hash" />
            </span>,
          ],
        ]}
      />
      <Loaded query={body} label="Loading the bytes" lines={8}>
        {(detail) => <BodyViews key={detail.id} id={detail.id} base64={detail.body} view={as} onView={(next) => void navigate({ search: (old) => ({ ...old, as: next }), replace: true })} />}
      </Loaded>
    </section>
  );
}
