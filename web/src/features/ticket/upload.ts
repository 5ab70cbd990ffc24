import { toProblem } from "@/lib/problem";

/** Sends files to a ticket and tells how far it is; the answer comes when they are durable. Fails with a problem. */
export function upload(number: string, files: readonly File[], note: string, onProgress: (part: number) => void): { done: Promise<void>; stop: () => void } {
  const form = new FormData();
  if (note) form.append("note", note);
  for (const file of files) form.append("file", file, file.name);
  // fetch cannot tell how much of a body has gone.
  const request = new XMLHttpRequest();
  const done = new Promise<void>((resolve, reject) => {
    request.open("POST", `/api/v1/tickets/${encodeURIComponent(number)}/evidence`);
    request.upload.onprogress = (event) => onProgress(event.lengthComputable ? event.loaded / event.total : 0);
    request.onload = () => (request.status === 201 ? resolve() : reject(toProblem(said(request))));
    request.onerror = () => reject(toProblem(new TypeError("The connection broke off; nothing was added.")));
    request.onabort = () => reject(toProblem(new TypeError("Stopped; nothing was added.")));
    request.send(form);
  });
  return { done, stop: () => request.abort() };
}

function said(request: XMLHttpRequest): unknown {
  try {
    return JSON.parse(request.responseText) as unknown;
  } catch {
    return new TypeError(`The server answered ${request.status}.`);
  }
}
