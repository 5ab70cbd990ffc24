import { Link, useNavigate, useRouterState } from "@tanstack/react-router";
import { $api } from "@/api/client";
import type { TicketCounts } from "@/api/models";
import { useOffersToMe } from "@/api/handovers";
import { useCan } from "@/api/session";
import { type Action, useActions } from "@/lib/actions";
import { formatCount } from "@/lib/format";
import { cx } from "@/ui/cx";
import { type NavEntry, navigation } from "./nav";

/** The left navigation with live counts; also the "go to" keys and palette entries. */
export function Nav() {
  const can = useCan();
  const navigate = useNavigate();
  const counts = $api.useQuery("get", "/tickets/counts", {}, { enabled: can("ticket.read") });
  const offers = useOffersToMe();
  const numbers: NavCounts = { ...counts.data, ...(offers.data && { offers: offers.data.length }) };
  const groups = navigation
    .map((group) => ({ ...group, entries: group.entries.filter(({ needs }) => (typeof needs === "string" ? [needs] : needs).some(can)) }))
    .filter((group) => group.entries.length > 0);
  const goTo: Action[] = groups
    .flatMap((group) => group.entries)
    .map((entry) => ({
      id: `go.${entry.label}`,
      label: `Go to ${entry.label}`,
      group: "Go to",
      keys: entry.keys,
      run: () => void navigate({ to: entry.to, search: entry.search ?? {} }),
    }));
  useActions(goTo);
  return (
    <nav className="nav" aria-label="Main">
      {groups.map((group) => (
        <div key={group.heading ?? ""}>
          {group.heading && <h2>{group.heading}</h2>}
          <ul>
            {group.entries.map((entry) => (
              <li key={entry.label}>
                <NavLink entry={entry} counts={numbers} />
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}

type NavCounts = Partial<TicketCounts> & { offers?: number };

function NavLink({ entry, counts }: { entry: NavEntry; counts: NavCounts }) {
  const current = useIsCurrent(entry);
  const count = entry.count && counts[entry.count];
  return (
    <Link to={entry.to} search={entry.search ?? {}} className="nav-link" activeOptions={{ exact: true }} aria-current={current ? "page" : undefined}>
      {entry.label}
      {count !== undefined && (!entry.urgent || count > 0) && (
        <span className={cx("nav-count", entry.urgent && "nav-urgent")}>{formatCount(count)}</span>
      )}
    </Link>
  );
}

/** An entry with a search of its own is current only with it, and takes that from the entry without. */
function useIsCurrent(entry: NavEntry): boolean {
  return useRouterState({
    select: ({ location }) => {
      if (!location.pathname.startsWith(entry.to)) return false;
      const search: Record<string, unknown> = location.search;
      const rivals = navigation.flatMap((g) => g.entries).filter((e) => e.to === entry.to && e.search);
      const matches = (e: NavEntry) => Object.entries(e.search ?? {}).every(([name, value]) => search[name] === value);
      return entry.search ? matches(entry) : !rivals.some(matches);
    },
  });
}
