import { fieldError } from "@/lib/problem";
import { TextField } from "@/ui/field";

interface PasswordFieldProps {
  value: string;
  onChange: (value: string) => void;
  error: unknown;
}

/** The present password, which the first factor of all asks for. */
export function PresentPassword({ value, onChange, error }: PasswordFieldProps) {
  return (
    <TextField
      label="Your password"
      type="password"
      autoComplete="current-password"
      help="So that nobody who finds this window open can add a factor of their own. Your other sessions end."
      value={value}
      onChange={(e) => onChange(e.target.value)}
      error={fieldError(error, "password")}
    />
  );
}
