import type { ExitCheck } from "./exit-checks";

const marks: Record<ExitCheck["state"], [mark: string, spoken: string]> = {
  met: ["✓", "met"],
  open: ["○", "not met"],
  judge: ["?", "for you to judge"],
};

/** Exit checks in words: met, not met, or for a person to judge. */
export function CheckList({ checks }: { checks: readonly ExitCheck[] }) {
  return (
    <ul className="checks">
      {checks.map((check) => {
        const [mark, spoken] = marks[check.state];
        return (
          <li key={check.id} className={`check-${check.state}`} title={spoken}>
            <span aria-hidden="true" className="check-mark">
              {mark}
            </span>
            <span>
              {check.text}
              {check.enforced && check.state !== "met" && <span className="check-enforced"> required</span>}
              <span className="visually-hidden">, {spoken}</span>
            </span>
          </li>
        );
      })}
    </ul>
  );
}
