import type { ErrorComponentProps } from "@tanstack/react-router";
import { useEffect } from "react";
import { Button } from "@/ui/button";
import { EmptyState, ErrorState } from "@/ui/states";

// After an upgrade the chunks an open page asks for are gone: loading it anew is the cure.
const staleChunk = /dynamically imported module|importing a module script|ChunkLoadError|Unable to preload CSS/i;

/** What is shown when a screen throws: the rest of the page stays as it is. */
export function RouteError({ error, reset }: ErrorComponentProps) {
  useEffect(() => {
    console.error(error);
  }, [error]);
  if (error instanceof Error && staleChunk.test(error.message)) {
    return (
      <EmptyState title="A newer version is installed" actions={<Button onClick={() => window.location.reload()}>Reload</Button>}>
        This page was loaded before an upgrade.
      </EmptyState>
    );
  }
  return <ErrorState error={error} onRetry={reset} />;
}

export function NotFound() {
  return <EmptyState title="There is no such page">Check the address, or choose from the list on the left.</EmptyState>;
}
