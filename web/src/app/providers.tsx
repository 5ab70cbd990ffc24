import { CSPProvider } from "@base-ui/react/csp-provider";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { ActionRegistry, ActionsProvider, useKeyboard } from "@/lib/actions";
import { toProblem } from "@/lib/problem";

function makeClient(): QueryClient {
  return new QueryClient({
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
