// After a build: holds the first load to its budget and writes compressed copies.
//
// "First load" is what a signed-in person downloads to see the queue: the entry, what it
// imports, the queue's own chunk, and their style sheets, each gzipped at level 9.
import { readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const BUDGET_KIB = 200;
const ROUTE_BUDGET_KIB = 60;
const FIRST_SCREENS = ["index.html", "src/features/queue/queue-page.tsx"];
const dist = new URL("../dist/", import.meta.url).pathname;

const manifest = JSON.parse(readFileSync(join(dist, ".vite/manifest.json"), "utf8"));
const gzipped = (file) => gzipSync(readFileSync(join(dist, file)), { level: 9 }).length;

function filesOf(key, seen = new Set()) {
  const chunk = manifest[key];
  if (!chunk || seen.has(chunk.file)) return seen;
  seen.add(chunk.file);
  for (const css of chunk.css ?? []) seen.add(css);
  for (const next of chunk.imports ?? []) filesOf(next, seen);
  return seen;
}

const first = new Set(FIRST_SCREENS.flatMap((key) => [...filesOf(key)]));
const kib = (bytes) => Math.round((bytes / 1024) * 10) / 10;
const firstBytes = [...first].reduce((sum, file) => sum + gzipped(file), 0);
console.log(`first load: ${kib(firstBytes)} KiB gzip of ${BUDGET_KIB} (${first.size} files)`);

const failures = [];
if (firstBytes > BUDGET_KIB * 1024) failures.push(`first load is ${kib(firstBytes)} KiB gzip, over ${BUDGET_KIB}`);
for (const chunk of Object.values(manifest)) {
  if (!/\.js$/.test(chunk.file) || first.has(chunk.file)) continue;
  const size = gzipped(chunk.file);
  if (size > ROUTE_BUDGET_KIB * 1024) failures.push(`${chunk.file} is ${kib(size)} KiB gzip, over ${ROUTE_BUDGET_KIB}`);
}

const walk = (dir) =>
  readdirSync(dir).flatMap((name) => {
    const path = join(dir, name);
    return statSync(path).isDirectory() ? walk(path) : [path];
  });
for (const path of walk(join(dist, "assets")).filter((p) => /\.(js|css|svg)$/.test(p))) {
  const raw = readFileSync(path);
  writeFileSync(`${path}.gz`, gzipSync(raw, { level: 9 }));
  writeFileSync(`${path}.br`, brotliCompressSync(raw, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
}

// The manifest is for this script, not for the browser.
rmSync(join(dist, ".vite"), { recursive: true });

if (failures.length > 0) {
  console.error(failures.join("\n"));
  process.exit(1);
}
