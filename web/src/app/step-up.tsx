import { lazy, Suspense, useEffect, useState } from "react";
import { again } from "@/api/client";

// Fetched when somebody first needs it.
const StepUpDialog = lazy(() => import("@/features/session/step-up-dialog"));

interface Asked {
  methods: string[];
  answer: (proved: boolean) => void;
}

/** Where any request that needs a fresh proof finds somebody to ask for it. Used once, by the shell. */
export function StepUp() {
  const [asked, setAsked] = useState<Asked>();
  useEffect(() => again.proveBy((methods) => new Promise((answer) => setAsked({ methods, answer }))), []);
  if (!asked) return null;
  const done = (proved: boolean) => {
    setAsked(undefined);
    asked.answer(proved);
  };
  return (
    <Suspense>
      <StepUpDialog methods={asked.methods} onDone={done} />
    </Suspense>
  );
}
