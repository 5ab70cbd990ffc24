import { Panel } from "@/ui/panel";
import { Command } from "./command";
import { appManifest, buttonsUrl } from "./slack-app";
import type { Connection } from "./types";

/** What has to be there in Slack before a connection to it. */
export function SlackSteps() {
  return (
    <Panel title="What Slack needs first">
      <ol className="connection-steps">
        <li>
          <p>
            On <code>api.slack.com/apps</code> choose Create New App, From a manifest, and your workspace. Paste this.
          </p>
          <Command label="App manifest" text={appManifest()} />
        </li>
        <li>
          <p>Install the app. Under OAuth &amp; Permissions stands the bot token, under Basic Information the signing secret. Enter both here.</p>
        </li>
        <li>
          <p>Once the connection is there, its page shows the address for buttons, which Slack has to know.</p>
        </li>
      </ol>
    </Panel>
  );
}

/** Where Slack has to send pressed buttons. */
export function SlackPanel({ connection }: { connection: Connection }) {
  return (
    <Panel title="Buttons">
      {connection.secrets.signing_secret === "set" ? (
        <>
          <p>On the app’s page in Slack, under Interactivity &amp; Shortcuts, switch Interactivity on and enter this Request URL. Slack has to reach it from the internet.</p>
          <Command label="Request URL" text={buttonsUrl(window.location.origin, connection.id)} />
        </>
      ) : (
        <p className="muted">Buttons are links to a page, because no signing secret is set. With one, people act in Slack itself.</p>
      )}
    </Panel>
  );
}
