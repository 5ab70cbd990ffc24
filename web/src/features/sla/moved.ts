/** The ids that do not stand in the same order as before: as few as explain it. */
export function movedIn(before: readonly string[], after: readonly string[]): Set<string> {
  const kept = after.filter((id) => before.includes(id));
  const places = kept.map((id) => before.indexOf(id));
  const best: number[][] = [];
  places.forEach((place, i) => {
    const chains = best.slice(0, i).filter((chain) => (places[chain.at(-1) ?? 0] ?? 0) < place);
    best[i] = [...chains.reduce<number[]>((a, b) => (b.length > a.length ? b : a), []), i];
  });
  const still = new Set(best.reduce<number[]>((a, b) => (b.length > a.length ? b : a), []));
  return new Set(kept.filter((_, i) => !still.has(i)));
}
