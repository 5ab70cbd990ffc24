const MAX_TAG = 60;
const MAX_TAGS = 50;

/** What is wrong with a tag that is to be added, false when nothing is. The server checks again. */
export function tagBlocked(tags: readonly string[], text: string): string | false {
  const tag = text.trim().toLowerCase();
  if (tag === "") return "Write a tag first";
  if (/[\s,"]/.test(tag)) return "A tag has no spaces, commas or quotes";
  if ([...tag].length > MAX_TAG) return `A tag has at most ${MAX_TAG} characters`;
  if (tags.includes(tag)) return "It has this tag already";
  return tags.length >= MAX_TAGS && `A ticket has at most ${MAX_TAGS} tags`;
}

/** Tags with one more, in the order the server keeps. */
export function withTag(tags: readonly string[], text: string): string[] {
  return [...tags, text.trim().toLowerCase()].sort((a, b) => (a < b ? -1 : 1));
}
