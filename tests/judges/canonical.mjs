// The canonical form of every document of a list, as jsonld.js makes it with the official contexts.
import jsonld from "jsonld";
import { documentLoader, given } from "./only_local.mjs";

const forms = [];
for (const document of await given()) {
  forms.push(await jsonld.canonize(document, {
    algorithm: "RDFC-1.0", format: "application/n-quads", safe: true, documentLoader,
  }));
}
process.stdout.write(JSON.stringify(forms));
