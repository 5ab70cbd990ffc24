import { useEffect, useState } from "react";
import type { MethodResponse } from "openapi-react-query";
import { $api } from "@/api/client";
import { useMe } from "@/api/session";
import { fieldError } from "@/lib/problem";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { Form } from "@/ui/form";
import { SecretOnce } from "@/ui/secret-once";
import { Skeleton } from "@/ui/states";
import { notify } from "@/ui/toast";
import { PresentPassword } from "./password-field";
import { useEnrolled } from "./use-enrolled";

type Secret = MethodResponse<typeof $api, "post", "/me/factors/totp">;

interface AddProps {
  onClose: () => void;
  onAdded: () => void;
}

/** An app for codes: the password or a fresh proof, then its secret, then its first code. */
export function AddApp({ onClose, onAdded }: AddProps) {
  const isFirst = useMe().second_factor === "none";
  const begin = $api.useMutation("post", "/me/factors/totp", { gcTime: 0 });
  const { mutate } = begin;
  useEffect(() => {
    if (!isFirst) mutate({ body: {} });
  }, [isFirst, mutate]);
  return (
    <Dialog open onClose={onClose} title="Add an app for codes" description="An authenticator app on your phone, or a password manager, shows a new code every half minute.">
      {begin.data ? (
        <Confirm secret={begin.data} onClose={onClose} onAdded={onAdded} />
      ) : isFirst ? (
        <Ask begin={begin} onClose={onClose} />
      ) : begin.error ? (
        <Form
          onSubmit={() => mutate({ body: {} })}
          error={begin.error}
          footer={
            <>
              <Button onClick={onClose}>Cancel</Button>
              <Button type="submit" tone="primary">
                Try again
              </Button>
            </>
          }
        >
          {null}
        </Form>
      ) : (
        <Skeleton lines={4} label="Making a secret" />
      )}
    </Dialog>
  );
}

interface AskProps {
  begin: { mutate: (v: { body: { password: string } }) => void; error: unknown; isPending: boolean };
  onClose: () => void;
}

function Ask({ begin, onClose }: AskProps) {
  const [password, setPassword] = useState("");
  return (
    <Form
      onSubmit={() => begin.mutate({ body: { password } })}
      error={begin.error}
      shown={["password"]}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" busy={begin.isPending}>
            Go on
          </Button>
        </>
      }
    >
      <PresentPassword value={password} onChange={setPassword} error={begin.error} />
    </Form>
  );
}

function Confirm({ secret, onClose, onAdded }: AddProps & { secret: Secret }) {
  const [code, setCode] = useState("");
  const enrolled = useEnrolled(() => {
    notify("The app was added");
    onAdded();
  });
  const confirm = $api.useMutation("post", "/me/factors/totp/confirm", { gcTime: 0, onSuccess: enrolled });
  return (
    <Form
      className="enrol"
      onSubmit={() => confirm.mutate({ body: { code } })}
      error={confirm.error}
      shown={["code"]}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" busy={confirm.isPending}>
            Add the app
          </Button>
        </>
      }
    >
      <img className="enrol-qr" src={secret.qr} alt="QR code of the secret, for the camera of your app" />
      <SecretOnce label="Or type this secret" value={secret.secret}>
        It is shown this once. <a href={secret.url}>Open it in an app on this device</a>
      </SecretOnce>
      <TextField
        // The next thing to do in this window.
        // eslint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        label="Code that the app shows now"
        className="prove-code"
        inputMode="numeric"
        autoComplete="one-time-code"
        maxLength={8}
        value={code}
        onChange={(e) => setCode(e.target.value)}
        error={fieldError(confirm.error, "code")}
      />
    </Form>
  );
}
