import { useQueryClient } from "@tanstack/react-query";
import { $api } from "@/api/client";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Loaded } from "@/ui/loaded";
import { Panel } from "@/ui/panel";
import { Time } from "@/ui/time";
import { notify, notifyError } from "@/ui/toast";
import type { Session } from "./types";
import { browserOf } from "./browser";

/** Where one is signed in; each session but this one can be ended. */
export function SessionsPanel() {
  const client = useQueryClient();
  const sessions = $api.useQuery("get", "/sessions", {});
  const end = $api.useMutation("delete", "/sessions/{id}", {
    onSuccess: () => notify("The session was ended"),
    onError: (error) => notifyError("Could not end the session", error),
    onSettled: () => client.invalidateQueries({ queryKey: ["get", "/sessions"] }),
  });
  return (
    <Panel title="Where you are signed in">
      <Loaded query={sessions} label="Loading sessions" lines={2}>
        {({ items }) => (
          <ul className="factors" aria-label="Sessions">
            {items.map((session) => (
              <Line key={session.id} session={session} busy={end.isPending} onEnd={() => end.mutate({ params: { path: { id: session.id } } })} />
            ))}
          </ul>
        )}
      </Loaded>
    </Panel>
  );
}

function Line({ session, busy, onEnd }: { session: Session; busy: boolean; onEnd: () => void }) {
  const name = browserOf(session.agent);
  return (
    <li className="factor">
      <span className="factor-name" title={session.agent}>
        {name} {session.current && <Badge>This one</Badge>} {session.pending && <Badge tone="medium">Has not given a second factor</Badge>}
      </span>
      <span className="muted">
        since <Time at={session.created_at} show="date" /> · seen <Time at={session.seen_at} />
      </span>
      {!session.current && (
        <Button tone="quiet" busy={busy} aria-label={`End the session of ${name}`} onClick={onEnd}>
          End
        </Button>
      )}
    </li>
  );
}
