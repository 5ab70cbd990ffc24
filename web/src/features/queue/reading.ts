/**
 * Whether somebody is at the list: a pointer over it, the keyboard in it, or a place further down.
 * Only then would a row that moves by itself be in somebody's way.
 */
export function isRead(list: HTMLElement | null): boolean {
  return list !== null && (list.matches(":hover") || list.contains(document.activeElement) || list.scrollTop > 0);
}
