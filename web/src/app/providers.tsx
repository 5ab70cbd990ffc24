import { CSPProvider } from "@base-ui/react/csp-provider";
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { ActionRegistry, ActionsProvider, useKeyboard } from "@/lib/actions";
import { toProblem } from "@/lib/problem";

function makeClient(): QueryClient {
  // A session that ended is noticed by whatever is asked next; asking who is there then leads to signing in.
  const notice = (error: unknown, key?: readonly unknown[]) => {
    if (toProblem(error).status !== 401 || key?.[1] === "/session") return;
    void client.invalidateQueries({ queryKey: ["get", "/session"] });
  };
  const client = new QueryClient({
    queryCache: new QueryCache({ onError: (error, query) => notice(error, query.queryKey) }),
    mutationCache: new MutationCache({ onError: (error) => notice(error) }),
    defaultOptions: {
      queries: {
        staleTime: 15_000, // the live connection refetches earlier what has changed
        refetchOnWindowFocus: false,
        retry: (failures, error) => failures < 2 && [0, 502, 503, 504].includes(toProblem(error).status),
        // Our own answers even when the browser believes it is offline: the server may be this machine.
        networkMode: "always",
      },
      mutations: { networkMode: "always" },
    },
  });
  return client;
}

/** Everything that has to stand around the whole page. */
export function Providers({ children }: { children: ReactNode }) {
  const [client] = useState(makeClient);
  const [registry] = useState(() => new ActionRegistry());
  useKeyboard(registry);
  return (
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={client}>
        <ActionsProvider value={registry}>{children}</ActionsProvider>
      </QueryClientProvider>
    </CSPProvider>
  );
}
