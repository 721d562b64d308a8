// What other people's verifiers say of every credential and every token of a batch, in one process.
import { documentLoader, documents, given } from "./only_local.mjs";
import { DataIntegrityProof } from "@digitalbazaar/data-integrity";
import { cryptosuite } from "@digitalbazaar/eddsa-rdfc-2022-cryptosuite";
import * as vc from "@digitalbazaar/vc";
import { checkStatus } from "@digitalbazaar/vc-bitstring-status-list";
import { verifyCredential } from "@digitalcredentials/verifier-core";
import { importJWK, jwtVerify } from "jose";

// "verified" says nothing about the bit: it stands in the result of the status.
async function digitalbazaar(credential) {
  const suite = new DataIntegrityProof({ cryptosuite });
  const found = await vc.verifyCredential({ credential, suite, documentLoader, checkStatus });
  const bits = found.statusResult?.results?.map((result) => result.status) ?? [];
  return {
    signature: found.verified,
    current: found.statusResult?.verified === true && bits.length === 1 && bits[0] === false,
    why: found.error?.errors?.map(String) ?? String(found.error ?? found.statusResult?.error ?? ""),
  };
}

async function digitalcredentials(credential) {
  const found = await verifyCredential({ credential, knownDIDRegistries: [] });
  const log = Object.fromEntries((found.log ?? []).map((step) => [step.id, step.valid === true]));
  const schema = found.additionalInformation?.find((each) => each.id === "schema_check");
  return {
    signature: log.valid_signature === true,
    dates: log.expiration === true,
    current: log.revocation_status === true,
    schema: schema?.results?.every?.((each) => each.result?.valid) === true,
    why: JSON.stringify([found.errors, found.log, schema?.results]),
  };
}

async function jose(token) {
  try {
    const key = async ({ kid }) => {
      const did = documents.get(`https://${kid.split("#")[0].slice("did:web:".length)}/.well-known/did.json`);
      if (!did?.assertionMethod.includes(kid)) throw new Error(`no such key: ${kid}`);
      return importJWK(did.verificationMethod.find((method) => method.id === kid).publicKeyJwk, "ES256");
    };
    const found = await jwtVerify(token, key, { algorithms: ["ES256"], typ: "vc+jwt" });
    return { signature: true, payload: found.payload };
  } catch (error) {
    return { signature: false, why: String(error) };
  }
}

const batch = await given();
for (const [url, document] of Object.entries(batch.documents)) documents.set(url, document);
const answers = {};
for (const [name, given] of Object.entries(batch.cases)) {
  answers[name] = typeof given === "string"
    ? { jose: await jose(given) }
    : { digitalbazaar: await digitalbazaar(given), digitalcredentials: await digitalcredentials(given) };
}
process.stdout.write(JSON.stringify(answers));
