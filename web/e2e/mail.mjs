// A mail server that stands in for a real one.
import { createServer } from "node:net";

const listening = (server) => new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server.address().port)));

/** A mail server that keeps what it takes, and refuses one recipient for good. */
export async function mailServer(refused) {
  const mails = [];
  const server = createServer((socket) => {
    let data;
    let rest = "";
    let to = "";
    socket.on("error", () => undefined);
    const say = (line) => socket.write(`${line}\r\n`);
    const take = (line) => {
      if (data !== undefined) {
        if (line !== ".") return void (data += `${line}\n`);
        mails.push({ to, data });
        data = undefined;
        return say("250 kept");
      }
      const verb = line.slice(0, 4).toUpperCase();
      if (verb === "EHLO") return say("250-mail.test\r\n250 8BITMIME");
      if (verb === "RCPT") {
        to = /<([^>]*)>/.exec(line)?.[1] ?? "";
        return say(to === refused ? "550 no such mailbox" : "250 fine");
      }
      if (verb === "DATA") {
        data = "";
        return say("354 go on");
      }
      say(verb === "QUIT" ? "221 bye" : "250 fine");
    };
    say("220 mail.test");
    socket.on("data", (chunk) => {
      rest += String(chunk);
      const lines = rest.split("\r\n");
      rest = lines.pop();
      for (const line of lines) take(line);
    });
  });
  return { port: await listening(server), mails, close: () => server.close() };
}
