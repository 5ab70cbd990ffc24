import { useState } from "react";
import { formatCount, formatPlural } from "@/lib/format";
import { toProblem } from "@/lib/problem";
import { Button } from "@/ui/button";
import { canHash, checkHashes, checkLinks, type ChainState as State } from "./chain";
import { fetchLog, type WholeLog } from "./queries";

type Deep = { of: WholeLog } & ({ state: "busy" } | { state: "failed"; why: string } | { state: "done"; result: State });

/**
 * What this browser itself has checked. Links always; hashes when asked, because the bytes have to be
 * fetched. Neither proves that the server did not rewrite everything: that takes a signed checkpoint.
 */
export function ChainState({ number, log }: { number: string; log: WholeLog }) {
  const links = checkLinks(log.entries);
  const [deep, setDeep] = useState<Deep>();
  const now = deep?.of === log ? deep : undefined; // what was checked is what is shown
  const check = async () => {
    setDeep({ of: log, state: "busy" });
    try {
      const raw = await fetchLog(number, { raw: true });
      setDeep({ of: log, state: "done", result: await checkHashes(raw.entries) });
    } catch (error) {
      setDeep({ of: log, state: "failed", why: toProblem(error).message });
    }
  };
  if (links.state === "empty") return null;
  const broken = links.state === "broken" ? links : now?.state === "done" && now.result.state === "broken" ? now.result : undefined;
  return (
    <span className="chain" role="status">
      {formatPlural(log.entries.length, { one: "entry", other: "entries" })} ·{" "}
      {broken ? <strong className="chain-broken">chain broken: {broken.why}</strong> : <Words links={links} deep={now} />}
      {!broken && canHash() && now?.state !== "done" && (
        <Button tone="quiet" busy={now?.state === "busy"} onClick={() => void check()}>
          Check hashes
        </Button>
      )}
    </span>
  );
}

function Words({ links, deep }: { links: State; deep: Deep | undefined }) {
  if (deep?.state === "done") {
    return <span title="Computed in this browser from the bytes of every entry. It shows that nothing here was changed, left out or put in between; a rewrite of the whole log shows only against a signed checkpoint.">chain verified: {formatCount(deep.result.checked)} hashes fit</span>;
  }
  if (deep?.state === "failed") return <span>the hashes could not be checked: {deep.why}</span>;
  return <span title={`Each of the ${links.checked} entries names the hash of the one before it. Whether each hash fits its entry is not computed until you ask.`}>links whole</span>;
}
