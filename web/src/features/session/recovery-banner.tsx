import { Link } from "@tanstack/react-router";
import type { Me } from "@/api/models";
import { useStored } from "@/lib/stored";
import { Button } from "@/ui/button";
import { Banner } from "@/ui/states";
import { Time } from "@/ui/time";

/** A recovery code was used. If it was somebody else, this is how the person learns of it. */
export default function RecoveryBanner({ me }: { me: Me }) {
  const used = me.factors.recovery_code_used_at ?? "";
  // Of this browser alone: who stole a code cannot hide it from the person's own.
  const [known, setKnown] = useStored(`recovery-known.${me.user.id}`);
  if (!used || known === used) return null;
  const left = me.factors.recovery_codes;
  return (
    <div role="status">
      <Banner tone="danger" actions={<Button onClick={() => setKnown(used)}>It was me</Button>}>
        <strong>
          <span aria-hidden="true">▲ </span>A recovery code was used to be you
        </strong>
        , <Time at={used} show="date" />. {left === 0 ? "None is left." : left === 1 ? "One is left." : `${left} are left.`} If it was not you, change your password, end the other sessions and make new codes:{" "}
        <Link to="/account/security">Security</Link>
      </Banner>
    </div>
  );
}
