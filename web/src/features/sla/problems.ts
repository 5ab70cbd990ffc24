import type { Problem } from "@/lib/problem";
import { sectionIds, sectionTitles } from "./draft";
import type { SectionId } from "./types";

export interface Mistake {
  location: string;
  message: string;
}

/** What is wrong with a draft, by where. */
export class Mistakes {
  readonly all: readonly Mistake[];

  constructor(all: readonly Mistake[]) {
    this.all = all.map(({ location, message }) => ({ location: location.replace(/^body\.(draft\.)?/, ""), message }));
  }

  /** Of one field: "policies[0].timers[1].targets.low". */
  at = (location: string): string | undefined => this.all.find((one) => one.location === location)?.message;

  /** Of a field or of anything inside it. */
  under = (location: string): string | undefined =>
    this.all.find((one) => one.location === location || (one.location.startsWith(location) && /^[.[]/.test(one.location.slice(location.length))))?.message;

  /** How many there are in a section, or in one member of it. */
  count = (location: string): number => this.all.filter((one) => one.location === location || one.location.startsWith(`${location}[`) || one.location.startsWith(`${location}.`)).length;

  get first(): Mistake | undefined {
    return this.all[0];
  }
}

/** What the server refused when it was asked to save, and what trying the draft found. */
export function mistakesOf(problem: Problem | undefined, tried: readonly Mistake[] | undefined): Mistakes {
  const refused = (problem?.fields ?? []).flatMap(({ location, message }) => (location && message ? [{ location, message }] : []));
  return new Mistakes(refused.length > 0 ? refused : (tried ?? []));
}

/** Which section a location lies in. */
export function sectionAt(location: string): SectionId | undefined {
  return sectionIds.find((id) => location.startsWith(id));
}

/** "Targets: …", for where the field itself is not in sight. */
export function mistakeWords({ location, message }: Mistake): string {
  const section = sectionAt(location);
  const sentence = /[.!?]$/.test(message) ? message : `${message}.`;
  return section ? `${sectionTitles[section]}: ${sentence}` : sentence;
}
