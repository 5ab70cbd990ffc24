import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from "@tanstack/react-router";
import { parseSearch, stringifySearch, textParam } from "@/lib/search-params";
import { NotFound, RouteError } from "./error-boundary";
import { Shell } from "./shell";

/*
 * The one table of routes. A screen is `lazyRouteComponent(() => import("@/features/…"), "Name")`, so
 * that each is downloaded when it is first opened. What a person looks at is in the address.
 */
const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound });

// Before somebody is signed in.
const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: (search) => textParam(search, "back"),
  component: lazyRouteComponent(() => import("@/features/session/sign-in-page"), "SignInPage"),
});
const setup = createRoute({
  getParentRoute: () => root,
  path: "/setup",
  validateSearch: (search) => textParam(search, "token"),
  component: lazyRouteComponent(() => import("@/features/session/setup-page"), "SetupPage"),
});
const invite = createRoute({
  getParentRoute: () => root,
  path: "/invite",
  validateSearch: (search) => textParam(search, "token"),
  component: lazyRouteComponent(() => import("@/features/session/invite-page"), "InvitePage"),
});

// Inside the shell, which draws nothing before it knows who is there.
const shell = createRoute({ getParentRoute: () => root, id: "shell", component: Shell });
const index = createRoute({
  getParentRoute: () => shell,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/queue" });
  },
});
const welcome = createRoute({
  getParentRoute: () => shell,
  path: "/welcome",
  component: lazyRouteComponent(() => import("@/features/session/welcome-page"), "WelcomePage"),
});
const queue = createRoute({
  getParentRoute: () => shell,
  path: "/queue",
  validateSearch: (search) => textParam(search, "view", "q", "sort", "cols", "sel"),
  component: lazyRouteComponent(() => import("@/features/queue/queue-page"), "QueuePage"),
});

const ticket = createRoute({
  getParentRoute: () => shell,
  path: "/tickets/$number",
  validateSearch: (search) => textParam(search, "tab", "show"),
  component: lazyRouteComponent(() => import("@/features/ticket/ticket-page"), "TicketPage"),
});
const handovers = createRoute({
  getParentRoute: () => shell,
  path: "/handovers",
  validateSearch: (search) => textParam(search, "box", "state"),
  component: lazyRouteComponent(() => import("@/features/handovers/handovers-page"), "HandoversPage"),
});
const briefing = createRoute({
  getParentRoute: () => shell,
  path: "/handovers/$id",
  component: lazyRouteComponent(() => import("@/features/handovers/briefing-page"), "BriefingPage"),
});
const findings = createRoute({
  getParentRoute: () => shell,
  path: "/findings",
  validateSearch: (search) => textParam(search, "q", "sel"),
  component: lazyRouteComponent(() => import("@/features/findings/findings-page"), "FindingsPage"),
});
const finding = createRoute({
  getParentRoute: () => shell,
  path: "/findings/$id",
  validateSearch: (search) => textParam(search, "tab"),
  component: lazyRouteComponent(() => import("@/features/findings/finding-page"), "FindingPage"),
});
const quarantine = createRoute({
  getParentRoute: () => shell,
  path: "/quarantine",
  validateSearch: (search) => textParam(search, "state", "group", "sel", "as"),
  component: lazyRouteComponent(() => import("@/features/quarantine/quarantine-page"), "QuarantinePage"),
});
const policy = createRoute({
  getParentRoute: () => shell,
  path: "/policy",
  component: lazyRouteComponent(() => import("@/features/policy/policy-page"), "PolicyPage"),
});
const policyHistory = createRoute({
  getParentRoute: () => shell,
  path: "/policy/history",
  validateSearch: (search) => textParam(search, "rev", "with"),
  component: lazyRouteComponent(() => import("@/features/policy/history-page"), "HistoryPage"),
});
const lists = createRoute({
  getParentRoute: () => shell,
  path: "/lists",
  validateSearch: (search) => textParam(search, "sel"),
  component: lazyRouteComponent(() => import("@/features/lists/lists-page"), "ListsPage"),
});
const storms = createRoute({
  getParentRoute: () => shell,
  path: "/storms",
  validateSearch: (search) => textParam(search, "state", "sel"),
  component: lazyRouteComponent(() => import("@/features/storms/storms-page"), "StormsPage"),
});
const connections = createRoute({
  getParentRoute: () => shell,
  path: "/connections",
  component: lazyRouteComponent(() => import("@/features/connections/connections-page"), "ConnectionsPage"),
});
const newConnection = createRoute({
  getParentRoute: () => shell,
  path: "/connections/new",
  component: lazyRouteComponent(() => import("@/features/connections/new-connection-page"), "NewConnectionPage"),
});
const connection = createRoute({
  getParentRoute: () => shell,
  path: "/connections/$id",
  validateSearch: (search) => textParam(search, "test"),
  component: lazyRouteComponent(() => import("@/features/connections/connection-page"), "ConnectionPage"),
});
const people = createRoute({
  getParentRoute: () => shell,
  path: "/people",
  validateSearch: (search) => textParam(search, "tab", "sel"),
  component: lazyRouteComponent(() => import("@/features/people/people-page"), "PeoplePage"),
});
const tokens = createRoute({
  getParentRoute: () => shell,
  path: "/tokens",
  validateSearch: (search) => textParam(search, "for", "sel"),
  component: lazyRouteComponent(() => import("@/features/tokens/tokens-page"), "TokensPage"),
});
const retention = createRoute({
  getParentRoute: () => shell,
  path: "/retention",
  component: lazyRouteComponent(() => import("@/features/retention/retention-page"), "RetentionPage"),
});
const oncall = createRoute({
  getParentRoute: () => shell,
  path: "/oncall",
  validateSearch: (search) => textParam(search, "schedule", "view", "at", "show", "zone"),
  component: lazyRouteComponent(() => import("@/features/duty/oncall-page"), "OnCallPage"),
});
const schedule = createRoute({
  getParentRoute: () => shell,
  path: "/oncall/schedules/$id",
  component: lazyRouteComponent(() => import("@/features/duty/schedule-page"), "SchedulePage"),
});
const sla = createRoute({
  getParentRoute: () => shell,
  path: "/sla",
  validateSearch: (search) => textParam(search, "tab", "rev", "with"),
  component: lazyRouteComponent(() => import("@/features/sla/sla-page"), "SLAPage"),
});
const measures = createRoute({
  getParentRoute: () => shell,
  path: "/measures",
  validateSearch: (search) => textParam(search, "span", "group"),
  component: lazyRouteComponent(() => import("@/features/measures/measures-page"), "MeasuresPage"),
});
const notices = createRoute({
  getParentRoute: () => shell,
  path: "/notices",
  validateSearch: (search) => textParam(search, "show", "ticket", "person", "state"),
  component: lazyRouteComponent(() => import("@/features/notices/notices-page"), "NoticesPage"),
});
const notifications = createRoute({
  getParentRoute: () => shell,
  path: "/account/notifications",
  component: lazyRouteComponent(() => import("@/features/notices/settings-page"), "NotificationsPage"),
});
const security = createRoute({
  getParentRoute: () => shell,
  path: "/account/security",
  component: lazyRouteComponent(() => import("@/features/session/security-page"), "SecurityPage"),
});

const routeTree = root.addChildren([signIn, setup, invite, shell.addChildren([index, welcome, queue, ticket, handovers, briefing, findings, finding, quarantine, connections, newConnection, connection, policy, policyHistory, lists, storms, people, tokens, retention, oncall, schedule, sla, measures, notices, notifications, security])]);

export const router = createRouter({
  routeTree,
  defaultErrorComponent: RouteError,
  defaultNotFoundComponent: NotFound,
  defaultPreload: "intent",
  parseSearch,
  stringifySearch,
  scrollRestoration: false,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
