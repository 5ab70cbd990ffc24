import { Link } from "@tanstack/react-router";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Prove } from "./prove";

interface StepUpProps {
  methods: readonly string[];
  /** Whether the person proved it; what was asked for goes on, or does not. */
  onDone: (proved: boolean) => void;
}

/** Asks for a fresh proof before something that a stolen session must not be able to do. */
export default function StepUpDialog({ methods, onDone }: StepUpProps) {
  const cancel = () => onDone(false);
  if (methods.length === 0) {
    return (
      <Dialog open onClose={cancel} title="A second factor is needed" description="This is done only by somebody who has just proven who they are with a second factor. You have none yet.">
        <div className="form-footer">
          <Button onClick={cancel}>Cancel</Button>
          <Link to="/account/security" className="btn btn-primary" onClick={cancel}>
            Add one
          </Link>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog open onClose={cancel} title="Confirm that it is you" description="This counts for five minutes. Then what you asked for goes on.">
      <Prove methods={methods} onProved={() => onDone(true)} others={<Button onClick={cancel}>Cancel</Button>} />
    </Dialog>
  );
}
