/** Gives bytes to the person as a file that no program opens by itself. */
export function downloadBytes(name: string, bytes: Uint8Array): void {
  const url = URL.createObjectURL(new Blob([Uint8Array.from(bytes)], { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has begun to read it by the next turn; kept, it would stay in memory.
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
