import type { MethodResponse } from "openapi-react-query";
import type { $api } from "@/api/client";

type Client = typeof $api;
export type NewPasskeyQuestion = MethodResponse<Client, "post", "/me/factors/passkeys/begin">;
export type PasskeyQuestion = MethodResponse<Client, "post", "/session/passkey/begin">;

/** Bytes as base64url without padding, as the API writes them. */
export function fromBytes(bytes: ArrayBuffer | Uint8Array): string {
  const text = Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join("");
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export function toBytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
}

/** Why passkeys cannot work at this address; undefined where they can. */
export function noPasskeys(): string | undefined {
  if (!window.isSecureContext) return "Passkeys need HTTPS.";
  if (typeof PublicKeyCredential === "undefined") return "This browser knows no passkeys.";
  if (/^[\d.]+$|^\[/.test(window.location.hostname)) return "Passkeys need a name in the address of this page, such as localhost, instead of numbers.";
  return undefined;
}

const descriptors = (names: { id: string; transports: string[] }[]): PublicKeyCredentialDescriptor[] =>
  names.map(({ id, transports }) => ({ type: "public-key", id: toBytes(id), transports: transports as AuthenticatorTransport[] }));

/** Has the browser make a passkey; gives what the server wants to know of it. */
export async function makePasskey(q: NewPasskeyQuestion) {
  const made = await navigator.credentials
    .create({
      publicKey: {
        challenge: toBytes(q.challenge),
        rp: { id: q.rp_id, name: q.rp_name },
        user: { id: toBytes(q.user_id), name: q.user_email, displayName: q.user_name },
        pubKeyCredParams: q.algorithms.map((alg) => ({ type: "public-key", alg })),
        excludeCredentials: descriptors(q.exclude),
        authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
        attestation: "none",
        timeout: q.timeout_seconds * 1000,
      },
    })
    .catch(inWords);
  if (!(made instanceof PublicKeyCredential)) throw new Error(gaveNothing);
  const response = made.response as AuthenticatorAttestationResponse;
  return {
    credential: fromBytes(made.rawId),
    client_data: fromBytes(response.clientDataJSON),
    attestation: fromBytes(response.attestationObject),
    transports: response.getTransports?.() ?? [],
  };
}

/** Has one of the passkeys sign. */
export async function signWithPasskey(q: PasskeyQuestion) {
  const signed = await navigator.credentials
    .get({
      publicKey: {
        challenge: toBytes(q.challenge),
        rpId: q.rp_id,
        allowCredentials: descriptors(q.credentials),
        userVerification: "required",
        timeout: q.timeout_seconds * 1000,
      },
    })
    .catch(inWords);
  if (!(signed instanceof PublicKeyCredential)) throw new Error(gaveNothing);
  const response = signed.response as AuthenticatorAssertionResponse;
  return {
    credential: fromBytes(signed.rawId),
    client_data: fromBytes(response.clientDataJSON),
    authenticator_data: fromBytes(response.authenticatorData),
    signature: fromBytes(response.signature),
    ...(response.userHandle ? { user_handle: fromBytes(response.userHandle) } : {}),
  };
}

const gaveNothing = "The browser gave no passkey. Try again.";

/** What browsers say is for programmers. */
export function wordsOf(name: string): string {
  switch (name) {
    case "NotAllowedError":
      return "The passkey was not used: the window was closed, or waited too long. Try again.";
    case "InvalidStateError":
      return "This device holds a passkey of yours already.";
    case "SecurityError":
      return "Your passkeys are for another address than the one of this page: open Tocsin under its usual name.";
    case "NotSupportedError":
    case "ConstraintError":
      return "This device cannot make a passkey that asks for a PIN, a finger or a face.";
    default:
      return gaveNothing;
  }
}

function inWords(error: unknown): never {
  throw new Error(wordsOf(error instanceof DOMException ? error.name : ""));
}
