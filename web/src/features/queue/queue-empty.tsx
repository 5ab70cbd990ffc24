import { Link } from "@tanstack/react-router";
import { $api } from "@/api/client";
import { useDemo } from "@/api/demo";
import { useCan } from "@/api/session";
import { toProblem } from "@/lib/problem";
import { Button } from "@/ui/button";
import { EmptyState, Progress, Skeleton } from "@/ui/states";
import type { SavedView } from "@/api/models";
import { withoutLast } from "./views";

/** No rows: because of the filter, because the work is done, or because nothing has ever come in. */
export function QueueEmpty({ view, q, onApply }: { view: SavedView; q: string; onApply: (q: string) => void }) {
  const any = $api.useQuery("get", "/tickets", { params: { query: { limit: 1 } } });
  if (any.isPending) return <Skeleton lines={3} />;
  if (any.data?.items.length === 0) return <NothingYet />;
  if (q === view.q) {
    return <EmptyState title={`${view.name}: nothing`}>There is no ticket here at the moment.</EmptyState>;
  }
  return (
    <EmptyState
      title="Nothing matches"
      actions={
        <>
          <Button onClick={() => onApply(withoutLast(q))}>Remove the last condition</Button>
          <Button onClick={() => onApply(view.q)}>Back to {view.name}</Button>
        </>
      }
    >
      No ticket fits <code>{q}</code>.
    </EmptyState>
  );
}

function NothingYet() {
  const can = useCan();
  const demo = useDemo();
  if (demo.running) {
    return (
      <EmptyState title="Loading demo data">
        <Progress label={`${demo.state?.done} of ${demo.state?.total}`} done={demo.state?.done ?? 0} total={demo.state?.total ?? 0} />
      </EmptyState>
    );
  }
  return (
    <EmptyState
      title="No tickets yet"
      actions={
        <>
          {can("connection.manage") && (
            <Link to="/welcome" className="btn btn-primary">
              Connect AWS
            </Link>
          )}
          <Button onClick={demo.start} busy={demo.starting}>
            Load demo data
          </Button>
        </>
      }
    >
      <p>Connect AWS and findings become tickets by themselves, or look around with a made-up fortnight first.</p>
      <div role="alert">{demo.error ? toProblem(demo.error).message : null}</div>
    </EmptyState>
  );
}
