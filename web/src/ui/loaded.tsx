import type { ReactNode } from "react";
import { toProblem } from "@/lib/problem";
import { EmptyState, ErrorState, Skeleton } from "./states";

/** What of a query this needs; every hook of TanStack Query gives it. */
export interface LoadedQuery<T> {
  data: T | undefined;
  error: unknown;
  isPending: boolean;
  refetch: () => unknown;
}

interface LoadedProps<T> {
  query: LoadedQuery<T>;
  /** Said to assistive technology while waiting. */
  label: string;
  lines?: number;
  children: (data: T) => ReactNode;
}

/** The states before and instead of data. Data that was loaded stays when a later try fails. */
export function Loaded<T>({ query, label, lines = 6, children }: LoadedProps<T>) {
  if (query.data !== undefined) return children(query.data);
  if (query.isPending) return <Skeleton lines={lines} label={label} />;
  if (toProblem(query.error).status === 403) return <NoPermission />;
  return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
}

/** Where a person's roles do not reach. */
export function NoPermission({ what = "this" }: { what?: string }) {
  return <EmptyState title="Not allowed">Your roles don’t include {what}. A tenant administrator can change that under People.</EmptyState>;
}
