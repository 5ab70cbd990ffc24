import { useState } from "react";
import { $api } from "@/api/client";
import { useMe } from "@/api/session";
import { type Action, useActions } from "@/lib/actions";
import { ActionButton } from "@/ui/button";
import { Loaded } from "@/ui/loaded";
import { Page, Panel } from "@/ui/panel";
import { Time } from "@/ui/time";
import { AddApp } from "./add-app";
import { AddPasskey } from "./add-passkey";
import { FactorList } from "./factor-list";
import { PasswordDialog } from "./password-dialog";
import { RecoveryCodes } from "./recovery-codes";
import { SessionsPanel } from "./sessions-panel";
import type { Factors } from "./types";
import { noPasskeys } from "./webauthn";
import "./session.css";

type Window = "app" | "passkey" | "codes" | "password";

/** One's own second factors, password and sessions. */
export function SecurityPage() {
  const [open, setOpen] = useState<Window>();
  const me = useMe();
  const factors = $api.useQuery("get", "/me/factors", {});
  const close = () => setOpen(undefined);
  // Whoever has added a first factor needs a way in for the day it is lost.
  const added = () => setOpen(factors.data?.recovery_codes ? undefined : "codes");
  const action = (id: Window, label: string, more?: Partial<Action>): Action => ({ id: `security.${id}`, label, group: "Security", run: () => setOpen(id), ...more });
  const app = action("app", me.factors.totp ? "Move to another app" : "Add an app for codes");
  const passkey = action("passkey", "Add a passkey", { blocked: noPasskeys() });
  const codes = action("codes", me.factors.recovery_codes > 0 ? "Make new recovery codes" : "Make recovery codes", { hidden: me.second_factor === "none" });
  const password = action("password", "Change password");
  useActions([app, passkey, codes, password]);
  return (
    <Page title="Security" narrow intro="How you prove that it is you.">
      <Panel title="Second factors">
        <Loaded query={factors} label="Loading second factors" lines={3}>
          {(found) => <FactorList factors={found} />}
        </Loaded>
        <div className="security-buttons">
          <ActionButton action={app} />
          <ActionButton action={passkey} />
        </div>
        {passkey.blocked && <p className="field-help">{passkey.blocked}</p>}
      </Panel>
      {factors.data && factors.data.items.length > 0 && (
        <Panel title="Recovery codes">
          <Codes factors={factors.data} />
          <div className="security-buttons">
            <ActionButton action={codes} />
          </div>
        </Panel>
      )}
      <Panel title="Password">
        <p className="muted">Changing it ends your other sessions.</p>
        <div className="security-buttons">
          <ActionButton action={password} />
        </div>
      </Panel>
      <SessionsPanel />
      {open === "app" && <AddApp onClose={close} onAdded={added} />}
      {open === "passkey" && <AddPasskey onClose={close} onAdded={added} />}
      {open === "codes" && <RecoveryCodes onClose={close} replaces={(factors.data?.recovery_codes ?? 0) > 0} />}
      {open === "password" && <PasswordDialog onClose={close} />}
    </Page>
  );
}

function Codes({ factors }: { factors: Factors }) {
  if (!factors.recovery_made_at) {
    return (
      <p>
        <strong>You have none.</strong> Without your app or passkey you could not sign in. Make some and keep them somewhere else.
      </p>
    );
  }
  const { recovery_codes: left, recovery_code_used_at: used } = factors;
  return (
    <p>
      {left === 0 ? <strong>All ten are used.</strong> : <>{left} of 10 are left</>}, made <Time at={factors.recovery_made_at} show="date" />.{" "}
      {used ? (
        <>
          One was last used <Time at={used} show="date" />.
        </>
      ) : (
        "None was used."
      )}
    </p>
  );
}
