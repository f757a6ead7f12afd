// Builds the page into dist/: one script, one style sheet, one document, and a note of what they weigh.
import { build } from "esbuild";
import { readFile, rm, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

const BOUND = 250 * 1024;

await rm("dist", { recursive: true, force: true });
await build({
  entryPoints: { console: "src/main.jsx", style: "src/style.css" },
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022"],
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "linked",
  outdir: "dist",
});
await writeFile("dist/index.html", await readFile("src/index.html"));
await writeFile("dist/icon.svg", await readFile("src/icon.svg"));

const names = ["index.html", "icon.svg", "console.js", "style.css"];
const weights = await Promise.all(names.map(async (name) => [name, gzipSync(await readFile(`dist/${name}`)).length]));
const total = weights.reduce((sum, [, bytes]) => sum + bytes, 0);
console.log(`console: ${(total / 1024).toFixed(1)} KB compressed (${weights.map((each) => each.join(" ")).join(", ")})`);
if (total > BOUND) {
  console.error(`console: more than the ${BOUND / 1024} KB that a page may weigh`);
  process.exit(1);
}
