// Reads messages as JSON lines {method, url, headers, keys} and answers a line each: whether the signature holds.
import { createInterface } from "node:readline";
import { createPublicKey } from "node:crypto";
import signatures from "http-message-signatures";

const { httpbis, createVerifier } = signatures;

for await (const line of createInterface({ input: process.stdin })) {
  const { keys, required, ...message } = JSON.parse(line);
  try {
    const holds = await httpbis.verifyMessage(
      {
        requiredParams: ["created", "keyid", "alg"],
        requiredFields: required,
        async keyLookup({ keyid }) {
          const jwk = keys.find(({ kid }) => kid === keyid);
          return jwk && { id: keyid, algs: ["ed25519"], verify: createVerifier(createPublicKey({ key: jwk, format: "jwk" }), "ed25519") };
        },
      },
      message,
    );
    console.log(JSON.stringify({ holds }));
  } catch (error) {
    console.log(JSON.stringify({ holds: false, error: error.message }));
  }
}
