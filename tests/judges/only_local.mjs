// Serves what a test hands over, and nothing else: no judge ever reaches the network.
import { readFile } from "node:fs/promises";

const dist = new URL("../../assets/dist/contexts/", import.meta.url);
const read = async (name) => JSON.parse(await readFile(new URL(name, dist), "utf8"));

export const documents = new Map([
  ["https://www.w3.org/ns/credentials/v2", await read("credentials-v2.json")],
  ["https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json", await read("ob-3.0.3.json")],
]);

globalThis.fetch = async (request) => {
  const url = typeof request === "string" ? request : request.url ?? String(request);
  const found = documents.get(url);
  if (found === undefined) return new Response("no such document", { status: 404 });
  return new Response(JSON.stringify(found), { headers: { "content-type": "application/json" } });
};

export async function given() {
  let text = "";
  for await (const piece of process.stdin.setEncoding("utf8")) text += piece;
  return JSON.parse(text);
}

export async function documentLoader(url) {
  const [base, fragment] = url.split("#");
  if (url.startsWith("did:web:")) {
    const document = documents.get(`https://${base.slice("did:web:".length)}/.well-known/did.json`);
    const key = fragment && document?.verificationMethod.find((method) => method.id === url);
    if (document && !fragment) return { contextUrl: null, documentUrl: url, document };
    if (key) {
      const context = "https://w3id.org/security/multikey/v1";
      return { contextUrl: null, documentUrl: url, document: { "@context": context, ...key } };
    }
  }
  if (!documents.has(url)) throw new Error(`NotFoundError: ${url}`);
  return { contextUrl: null, documentUrl: url, document: documents.get(url) };
}
