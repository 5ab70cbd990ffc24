/** The part of a name that tells things apart: "instance/i-0a1b" of an ARN, "payments" of "arn:aws:s3:::payments"; anything else as it is. */
export function shortName(uid: string): string {
  const parts = uid.split(":");
  return parts.length < 6 || parts[0] !== "arn" ? uid : parts.slice(5).join(":") || uid;
}
