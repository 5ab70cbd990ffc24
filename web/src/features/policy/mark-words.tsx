import { cx } from "@/ui/cx";
import type { Mark } from "./attention";

const shapes: Record<Mark["kind"], string> = { expired: "▲", soon: "◔", owner: "◇", idle: "○", running: "●", ahead: "◔", over: "✓" };

/** A state of a rule: a shape, a colour and the words that carry it. */
export function MarkWords({ mark }: { mark: Mark }) {
  return (
    <span className={cx("badge", `tone-${mark.tone}`)}>
      <span aria-hidden="true">{shapes[mark.kind]}</span>
      {mark.words}
    </span>
  );
}
