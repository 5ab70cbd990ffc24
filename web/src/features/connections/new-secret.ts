import type { Values } from "./form-values";
import type { Field, Manifest } from "./types";

/** 32 random bytes in Base64, with the mark of Standard Webhooks where that is the scheme. */
export function newSecret(scheme: string): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  const text = btoa(String.fromCharCode(...bytes));
  return scheme === "standard" ? `whsec_${text}` : text.replaceAll(/[+/=]/g, "");
}

/** A maker of secrets for a field that we choose: the signing secret of a webhook, in or out. */
export function suggestionFor(manifest: Manifest, field: Field, values: Values): (() => string) | undefined {
  if (field.name !== "signing_secret") return undefined;
  if (manifest.kind === "webhook-out") return () => newSecret("standard");
  if (manifest.kind !== "webhook") return undefined;
  return () => newSecret(values.texts.scheme ?? "");
}
