import type { ReactNode } from "react";
import { hostOf, linkParts, safeHref } from "@/lib/safe-url";
import "./external-link.css";

interface ExternalLinkProps {
  /** An address from outside; only http and https become a link. */
  href: string;
  /** The words of the link; the host is shown beside them, because words can lie. */
  children?: ReactNode;
}

/** A way out of Tocsin that tells the other side nothing about where it was. */
export function ExternalLink({ href, children }: ExternalLinkProps) {
  const safe = safeHref(href);
  if (!safe) return <span>{children ?? href}</span>;
  return (
    <>
      <a href={safe} target="_blank" rel="noreferrer noopener nofollow" referrerPolicy="no-referrer" className="external-link">
        {children ?? safe}
      </a>
      {children !== undefined && <span className="muted"> ({hostOf(safe)})</span>}
    </>
  );
}

/** Text from outside, its line breaks kept and its addresses made links; nothing else in it means anything. */
export function LinkedText({ text }: { text: string }) {
  return (
    <span className="linked-text">
      {linkParts(text).map((part, i) => (part.href ? <ExternalLink key={i} href={part.href} /> : part.text))}
    </span>
  );
}
