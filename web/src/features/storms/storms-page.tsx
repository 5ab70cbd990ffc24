import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCan } from "@/api/session";
import { Loaded, NoPermission } from "@/ui/loaded";
import { Page } from "@/ui/panel";
import { EmptyState } from "@/ui/states";
import { ViewTabs } from "@/ui/tabs";
import { Link } from "@tanstack/react-router";
import { StormPanel } from "./storm-panel";
import { useStorms } from "./use-storms";
import "./storms.css";

/** What was held back when more came than people could look at, and what became of it. */
export function StormsPage() {
  const can = useCan();
  const allowed = can("ticket.read") || can("policy.edit");
  const { state, sel } = useSearch({ from: "/shell/storms" });
  const navigate = useNavigate({ from: "/storms" });
  const shown = state === "open" ? "open" : "all";
  const storms = useStorms(shown, allowed);
  if (!allowed) return <NoPermission what="seeing storms" />;
  return (
    <Page
      title="Storms"
      lead={
        <ViewTabs label="Which storms">
          <Link to="/storms" search={{}} className="tab" aria-current={shown === "all" ? "page" : undefined}>
            All
          </Link>
          <Link to="/storms" search={{ state: "open" }} className="tab" aria-current={shown === "open" ? "page" : undefined}>
            To decide
          </Link>
        </ViewTabs>
      }
      intro="When more tickets would be opened than a rule allows, opening is held back and recording goes on. Critical findings always pass."
    >
      <Loaded query={storms} label="Loading the storms">
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState title={shown === "open" ? "Nothing is held back" : "There has been no storm"}>Limits stand with the rules that open tickets.</EmptyState>
          ) : (
            <div className="storms">
              {items.map((storm) => (
                <StormPanel key={storm.id} storm={storm} marked={storm.id === sel} onMark={() => void navigate({ search: (old) => ({ ...old, sel: storm.id }), replace: true })} />
              ))}
            </div>
          )
        }
      </Loaded>
    </Page>
  );
}
