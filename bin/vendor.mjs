// Copies the browser's third-party files from their packages to where templates find them.
import { copyFileSync, mkdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const files = [
  "htmx.org/dist/htmx.min.js",
  "idiomorph/dist/idiomorph-ext.min.js",
];

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const vendor = join(root, "static", "vendor");

mkdirSync(vendor, { recursive: true });
for (const file of files) {
  copyFileSync(join(root, "node_modules", file), join(vendor, basename(file)));
}
