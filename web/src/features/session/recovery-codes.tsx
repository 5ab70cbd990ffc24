import { useQueryClient } from "@tanstack/react-query";
import { $api } from "@/api/client";
import { downloadBytes } from "@/lib/download";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Form } from "@/ui/form";
import { SecretOnce } from "@/ui/secret-once";

/** Ten codes for the day the factors are lost, shown this once. */
export function RecoveryCodes({ onClose, replaces }: { onClose: () => void; replaces: boolean }) {
  const client = useQueryClient();
  const make = $api.useMutation("post", "/me/factors/recovery-codes", {
    gcTime: 0, // the codes live only as long as this window
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["get", "/me/factors"] });
      void client.invalidateQueries({ queryKey: ["get", "/session"] });
    },
  });
  if (make.data) return <Made codes={make.data.codes} onClose={onClose} />;
  return (
    <Dialog
      open
      onClose={onClose}
      title={replaces ? "Make new recovery codes" : "Make recovery codes"}
      description={`Ten codes, each of which stands in for your second factor once. ${replaces ? "The codes you have now end." : "Keep them apart from your phone and your laptop."}`}
    >
      <Form
        onSubmit={() => make.mutate({})}
        error={make.error}
        footer={
          <>
            <Button onClick={onClose}>{replaces ? "Cancel" : "Not now"}</Button>
            <Button type="submit" tone="primary" busy={make.isPending}>
              Make ten codes
            </Button>
          </>
        }
      >
        {null}
      </Form>
    </Dialog>
  );
}

function Made({ codes, onClose }: { codes: readonly string[]; onClose: () => void }) {
  const text = codes.join("\n");
  const save = () => downloadBytes("tocsin-recovery-codes.txt", new TextEncoder().encode(`Recovery codes of Tocsin at ${window.location.host}. Each works once.\n\n${text}\n`));
  return (
    <Dialog open onClose={onClose} title="Your recovery codes">
      <SecretOnce label="Ten codes" value={text}>
        Keep them now: they are not shown again. Each works once, with your password. You are told whenever one is used.
      </SecretOnce>
      <div className="form-footer">
        <Button onClick={save}>Save as a file</Button>
        <Button tone="primary" onClick={onClose}>
          I have kept them
        </Button>
      </div>
    </Dialog>
  );
}
