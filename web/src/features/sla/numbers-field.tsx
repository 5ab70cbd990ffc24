import { useState } from "react";
import { TextField } from "@/ui/field";

interface NumbersFieldProps {
  label: string;
  value: readonly number[];
  error: string | undefined;
  onChange: (value: number[]) => void;
}

/** A few numbers in one line: "50, 75, 90". */
export function NumbersField({ label, value, error, onChange }: NumbersFieldProps) {
  const [typed, setTyped] = useState<string>();
  const set = (text: string) => {
    setTyped(text);
    onChange(text.split(/[^\d]+/).filter(Boolean).map(Number));
  };
  return <TextField label={label} optional inputMode="numeric" value={typed ?? value.join(", ")} error={error} onChange={(event) => set(event.target.value)} onBlur={() => setTyped(undefined)} />;
}
