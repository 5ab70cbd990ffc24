import { Link } from "@tanstack/react-router";
import { apiUrl } from "@/api/client";
import { useDemo } from "@/api/demo";
import { useCan } from "@/api/session";
import { toProblem } from "@/lib/problem";
import { Button } from "@/ui/button";
import { Page, Panel } from "@/ui/panel";
import { Progress } from "@/ui/states";
import "./entry-page.css";

/** After the first administrator exists: where findings are to come from. */
export function WelcomePage() {
  const can = useCan();
  return (
    <Page title="Welcome to Tocsin" intro="Tocsin turns findings into tickets that always have a responsible person. Choose where the findings come from.">
      <div className="welcome-choices">
        {can("connection.manage") && <ConnectAws />}
        <LoadDemo />
      </div>
      <p>
        <Link to="/queue">Go to the queue</Link> and decide later.
      </p>
    </Page>
  );
}

function ConnectAws() {
  return (
    <Panel title="Connect AWS">
      <p className="muted">Security Hub and GuardDuty send their findings to a queue in your account; Tocsin reads that queue.</p>
      <ol>
        <li>
          <a href={apiUrl("/connectors/aws/template")} download="tocsin-feed.yaml">
            Download the CloudFormation template
          </a>{" "}
          and read it: it makes one queue, the rules that feed it and a role that may only read it.
        </li>
        <li>Create a stack from it in every region you want to watch, and note its outputs.</li>
        <li>
          <Link to="/connections/new">Add the connection</Link> with those outputs and test it.
        </li>
      </ol>
    </Panel>
  );
}

function LoadDemo() {
  const demo = useDemo();
  return (
    <Panel title="Look around with demo data">
      <p className="muted">
        A made-up fortnight in an empty installation: tickets, findings and people, each marked as demo. Not possible once real tickets exist.
      </p>
      <div role="status">
        {demo.running && <Progress label={`Loading demo data: ${demo.state?.done} of ${demo.state?.total}`} done={demo.state?.done ?? 0} total={demo.state?.total ?? 0} />}
        {demo.done && (
          <p>
            The demo data is loaded. <Link to="/queue">Open the queue</Link>
          </p>
        )}
        {demo.state?.state === "refused" && <p>Real tickets exist, so demo data can’t be loaded any more.</p>}
      </div>
      <div role="alert">{demo.error ? <p>{toProblem(demo.error).message}</p> : null}</div>
      <div>
        <Button onClick={demo.start} busy={demo.starting} blocked={demo.running ? "It is being loaded" : demo.done || demo.state?.state === "refused" ? "Nothing to load" : false}>
          Load demo data
        </Button>
      </div>
    </Panel>
  );
}
