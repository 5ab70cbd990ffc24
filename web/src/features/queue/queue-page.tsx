import { EmptyState } from "@/ui/states";

export function QueuePage() {
  return <EmptyState title="Queue" />;
}
