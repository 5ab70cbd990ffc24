import type { ComponentProps } from "react";
import { cx } from "./cx";
import "./input.css";

/** A bare line of input, for places that bring their own label (a filter line). Forms use TextField. */
export function Input({ className, ...rest }: ComponentProps<"input">) {
  return <input className={cx("input", className)} {...rest} />;
}
