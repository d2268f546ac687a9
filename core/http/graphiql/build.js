// Bundles the page into ../static, with the licences of everything that is in it.
import { build } from "esbuild";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const result = await build({
  entryPoints: { graphiql: "page.jsx" },
  outdir: "../static",
  bundle: true,
  minify: true,
  metafile: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  legalComments: "none",
  define: { "process.env.NODE_ENV": '"production"' },
  loader: { ".woff": "empty", ".woff2": "empty", ".ttf": "empty" },
});

const packages = new Set();
for (const path of Object.keys(result.metafile.inputs)) {
  const found = path.match(/^.*node_modules\/((?:@[^/]+\/)?[^/]+)\//);
  if (found) packages.add(found[0]);
}
const parts = [];
for (const folder of [...packages].sort()) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = ["LICENSE", "LICENSE.md", "LICENSE.txt", "license", "LICENCE", "LICENSE-MIT", "LICENSE-MIT.txt"]
    .map((one) => join(folder, one))
    .find(existsSync);
  const text = file ? readFileSync(file, "utf8").replaceAll("\r\n", "\n").trim() : "(no licence file in the package)";
  parts.push(`${name} ${version} (${license})\n\n${text}\n`);
}
writeFileSync("../static/LICENSES.txt", parts.join(`\n${"-".repeat(80)}\n\n`));
