import { useState } from "react";
import { apiUrl } from "@/api/client";
import { TextField } from "@/ui/field";
import { Panel } from "@/ui/panel";
import { deployCommand, outputsCommand } from "./aws-commands";
import { Command } from "./command";

/** How findings get out of AWS: a template, two commands, and what to enter here. */
export function AwsSteps() {
  const [region, setRegion] = useState("");
  return (
    <Panel title="What AWS needs first">
      <ol className="connection-steps">
        <li>
          <p>
            <a href={apiUrl("/connectors/aws/template")} download="tocsin-feed.yaml">
              Download the CloudFormation template
            </a>{" "}
            and read it. It makes an encrypted queue, a dead-letter queue, the EventBridge rules that fill it, and a policy that may only read it.
          </p>
        </li>
        <li>
          <p>Deploy it in the account where findings come together, in the Region of Security Hub. GuardDuty needs one stack in each Region. Its parameters switch each source, a bucket and reconciling.</p>
          <TextField label="Region of the stack" optional placeholder="eu-west-1" value={region} spellCheck={false} autoComplete="off" onChange={(e) => setRegion(e.target.value)} />
          <Command text={deployCommand(region)} />
        </li>
        <li>
          <p>Read its outputs.</p>
          <Command text={outputsCommand(region)} />
        </li>
        <li>
          <p>
            Attach the policy <code>FeedPolicyArn</code>, and <code>ObjectPolicyArn</code> and <code>ReconcilePolicyArn</code> where the stack has them, to the user whose access key you enter, or to the role that Tocsin runs as.
          </p>
        </li>
        <li>
          <p>
            Enter <code>QueueUrl</code> and <code>Region</code> here, then test the connection.
          </p>
        </li>
      </ol>
    </Panel>
  );
}
