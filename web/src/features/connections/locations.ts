import { toProblem } from "@/lib/problem";

/**
 * What is wrong at one place of a form: "settings.region", "settings.feeds[0].queue_url". The last
 * part alone would not do, since a region stands both in the settings and in each row.
 */
export function errorAt(error: unknown, place: string): string | undefined {
  if (!error) return undefined;
  const found = toProblem(error).fields.find((f) => f.location === `body.${place}` || f.location === place);
  return found?.message && sentence(found.message);
}

/** Whether every message of the error stands beside a field; otherwise the form says them together. */
export function allShown(error: unknown, places: readonly string[]): boolean {
  const { fields } = toProblem(error);
  return fields.length > 0 && fields.every((f) => places.includes((f.location ?? "").replace(/^body\./, "")));
}

/** What is wrong inside a mapping: places of it are not fields of the form. */
export function mappingError(error: unknown): string | undefined {
  if (!error) return undefined;
  const inside = toProblem(error).fields.filter((f) => (f.location ?? "").startsWith("body.settings.mapping"));
  if (inside.length === 0) return undefined;
  return inside.map((f) => `${(f.location ?? "").replace("body.settings.mapping", "").replace(/^\./, "")} ${f.message ?? ""}`.trim()).join("; ");
}

// The server's messages go on after the name of the field ("is required"); under the field they stand alone.
function sentence(message: string): string {
  return message.charAt(0).toUpperCase() + message.slice(1);
}
