import { formatList } from "@/lib/format";
import { Button } from "@/ui/button";
import { Banner } from "@/ui/states";
import { differences } from "./diff";
import { DifferenceList } from "./difference-list";
import { rebased } from "./draft";
import { sectionOf } from "./sections";
import type { PolicyDraft } from "./use-policy";
import type { Names } from "./words";

/** Somebody else has saved other rules: what they changed, and what may become of the draft. */
export function Overtaken({ draft, names }: { draft: PolicyDraft; names: Names }) {
  const changes = differences(draft.base, draft.theirs);
  const { both } = rebased(draft.draft, draft.base, draft.theirs);
  const clash = formatList(both.map((id) => sectionOf(id)?.title ?? id));
  return (
    <div role="alert" className="overtaken">
      <Banner
        tone="warn"
        actions={
          <>
            <Button onClick={draft.discard}>Load theirs, drop mine</Button>
            <Button onClick={draft.rebase}>{both.length === 0 ? "Keep both" : "Keep mine to save over theirs"}</Button>
          </>
        }
      >
        <strong>{draft.theirs.updated_by_name || "Somebody else"} has saved other rules</strong> while you were changing these.{" "}
        {both.length === 0 ? "You have changed other sections, so both can be kept." : `Both of you have changed: ${clash}. Yours would undo theirs there.`}
      </Banner>
      <DifferenceList changes={changes} names={names} label="What they changed" />
    </div>
  );
}
