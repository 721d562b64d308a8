// What jose says of receipts: for each, its claims, or why it is refused.
import { given } from "./only_local.mjs";
import { compactVerify, createLocalJWKSet } from "jose";

const { keys, receipts } = await given();
const set = createLocalJWKSet(keys);
const told = await Promise.all(
  receipts.map(async (receipt) => {
    try {
      const { payload } = await compactVerify(receipt, set, { algorithms: ["EdDSA"] });
      return { claims: JSON.parse(new TextDecoder().decode(payload)) };
    } catch (error) {
      return { refused: error.code };
    }
  }),
);
process.stdout.write(JSON.stringify(told));
