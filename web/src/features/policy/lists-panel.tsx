import { Link } from "@tanstack/react-router";
import { formatList, formatPlural } from "@/lib/format";
import { Loaded, type LoadedQuery } from "@/ui/loaded";

export interface ListLine {
  name: string;
  kind: string;
  size: number;
  used_in: string[];
}

/** The lists that rules may name, each with where it is used. */
export function ListsPanel({ lists }: { lists: LoadedQuery<{ items: ListLine[] }> }) {
  return (
    <section className="panel" aria-labelledby="section-lists">
      <div className="panel-head">
        <h2 id="section-lists" tabIndex={-1}>
          Lists
        </h2>
        <div className="panel-aside">
          <Link to="/lists" className="btn btn-plain">
            Edit lists
          </Link>
        </div>
      </div>
      <p className="muted section-says">
        VIPs, crown jewels, own ranges: <code>@name</code> in a match stands for any item of the list, and <code>ou:prod</code> for the accounts in the list <code>ou/prod</code>.
      </p>
      <Loaded query={lists} label="Loading the lists" lines={2}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="muted">There are no lists yet.</p>
          ) : (
            <ul className="rules-lists">
              {items.map((list) => (
                <li key={list.name}>
                  <Link to="/lists" search={{ sel: list.name }} className="strong">
                    @{list.name}
                  </Link>
                  <span className="muted">{formatPlural(list.size, { one: "item", other: "items" })}</span>
                  <span className="muted">{list.used_in.length === 0 ? "not used" : `used by ${formatList(list.used_in)}`}</span>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </section>
  );
}
