import { Link } from "@tanstack/react-router";
import { useId } from "react";
import type { BriefingSection, Handover } from "@/api/handovers";
import { formatCode } from "@/lib/format";
import { Badge } from "@/ui/badge";
import { LinkedText } from "@/ui/external-link";
import { Time } from "@/ui/time";

interface SectionsProps {
  handover: Handover;
  open: ReadonlySet<string>;
  onToggle: (id: string) => void;
  /** The section whose opening is being noted. */
  opening: string | undefined;
  /** The section whose opening could not be noted. */
  failed: string | undefined;
}

/** The briefing as it was when the ticket was offered. Each section has to be opened; each that is empty says why. */
export function BriefingSections({ handover, open, onToggle, opening, failed }: SectionsProps) {
  const id = useId();
  return (
    <div className="briefing-sections">
      {handover.briefing.sections.map((section) => {
        const read = handover.checklist.find((one) => one.id === section.id)?.opened_at;
        const shown = open.has(section.id);
        return (
          <section key={section.id} className="briefing-section">
            <h3>
              <button type="button" className="briefing-open" data-section={section.id} aria-expanded={shown} aria-controls={`${id}-${section.id}`} onClick={() => onToggle(section.id)}>
                <span aria-hidden="true" className="briefing-mark">
                  {read ? "✓" : "○"}
                </span>
                <span className="briefing-title">
                  {section.title}
                  <span className="visually-hidden">, {read ? "read" : "not read yet"}</span>
                </span>
                <span className="muted">{section.empty_because ? "empty" : countOf(section)}</span>
              </button>
            </h3>
            <div id={`${id}-${section.id}`} hidden={!shown} className="briefing-body">
              {shown && <Body section={section} />}
              {shown && opening === section.id && <p className="muted">Noting that you have read it…</p>}
              {shown && failed === section.id && !read && (
                <p className="field-error" role="alert">
                  It could not be noted that you have read it. Close the section and open it again.
                </p>
              )}
            </div>
          </section>
        );
      })}
    </div>
  );
}

function countOf(section: BriefingSection): string {
  return section.items.length > 0 ? String(section.items.length) : "";
}

function Body({ section }: { section: BriefingSection }) {
  if (section.empty_because) return <p className="muted">{section.empty_because}</p>;
  return (
    <>
      {section.text && <LinkedText text={section.text} />}
      {section.items.length > 0 && (
        <ul className="rows">
          {section.items.map((item, i) => (
            <li key={`${i} ${item.text}`} className="briefing-item">
              <span>
                <Text item={item} /> {item.state && !/[.]/.test(item.state) && <Badge tone={item.state === "breached" ? "critical" : "info"}>{formatCode(item.state).toLowerCase()}</Badge>}
              </span>
              <span className="muted">
                {item.detail} {item.at && <Time at={item.at} show="date" />}
              </span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** Links lead to pages of ours only. */
function Text({ item }: { item: BriefingSection["items"][number] }) {
  const ticket = /^\/tickets\/(INC-\d+)$/.exec(item.link)?.[1];
  const finding = /^\/findings\/([\w-]+)$/.exec(item.link)?.[1];
  if (ticket) {
    return (
      <Link to="/tickets/$number" params={{ number: ticket }}>
        {item.text}
      </Link>
    );
  }
  if (finding) {
    return (
      <Link to="/findings/$id" params={{ id: finding }}>
        {item.text}
      </Link>
    );
  }
  return <span className="entry-text">{item.text}</span>;
}
