import { Link } from "@tanstack/react-router";
import type { SavedView } from "@/api/models";
import { formatEstimate } from "@/lib/format";
import { Menu, MenuItem, MenuSeparator, MenuText } from "@/ui/menu";
import { ViewTabs } from "@/ui/tabs";
import type { ViewActions } from "./use-view-actions";
import { tabsOf } from "./views";

interface ViewBarProps {
  views: readonly SavedView[];
  current: SavedView | undefined;
  edited: boolean;
  actions: ViewActions;
  onChoose: (view: SavedView) => void;
}

/** The saved views as links with live counts; those without room, and what can be done with the one shown, in menus. */
export function ViewBar({ views, current, edited, actions, onChoose }: ViewBarProps) {
  const { tabs, others } = tabsOf(views, current);
  return (
    <ViewTabs label="Views">
      {tabs.map((view) => (
        <Link
          key={view.id}
          to="/queue"
          search={view.id === "all" ? {} : { view: view.id }}
          className="tab"
          activeOptions={{ exact: true }}
          aria-current={view.id === current?.id ? "page" : undefined}
          title={ofWhom(view)}
        >
          {view.name}
          {view.id === current?.id && edited && <span className="tab-count">edited</span>}
          <Count view={view} />
        </Link>
      ))}
      {others.length > 0 && (
        <Menu label="More" name="More views" tone="quiet" align="start">
          {others.map((view) => (
            <MenuItem key={view.id} onSelect={() => onChoose(view)}>
              {view.name}
              <Count view={view} />
            </MenuItem>
          ))}
        </Menu>
      )}
      <Menu label="View" name="What can be done with this view" tone="quiet" align="start">
        {current && !current.mine && <MenuText>{current.scope === "built_in" ? "Everybody has this view" : ofWhom(current)}</MenuText>}
        {actions.list.map((action) =>
          action === "line" ? (
            <MenuSeparator key="line" />
          ) : (
            !action.hidden && (
              <MenuItem key={action.id} onSelect={action.run}>
                {action.label}
              </MenuItem>
            )
          ),
        )}
      </Menu>
    </ViewTabs>
  );
}

function Count({ view }: { view: SavedView }) {
  if (!view.count) return null;
  return <span className="tab-count">{formatEstimate(view.count.value, view.count.exact)}</span>;
}

function ofWhom(view: SavedView): string | undefined {
  if (view.scope === "team") return `For a team, by ${view.owner_name}`;
  if (view.scope === "shared") return `For everybody, by ${view.owner_name}`;
  return undefined;
}
