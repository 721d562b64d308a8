// The printed code taken apart and its signature checked: the form is told in peercert/gateways/signer/compact.py.
import { verifyAsync } from "@noble/ed25519";

const VERSION = "PC1";
const PREFIX = new TextEncoder().encode("PeerCert printed code 1\0");
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const SPOKEN = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const AREAS = ["parent_caregiver_family", "crisis", "unhoused", "justice"];
const HEAD = 21;
const SIGNATURE = 64;
const CUT = 0x80;

/** The code in a text (itself, or an address that ends with it), without its white space; "" where there is none. */
export function find(text) {
  const found = text.replace(/\s+/g, "").toUpperCase().match(/(?:^|#)(PC1[A-Z2-7]*)$/);
  return found ? found[1] : "";
}

/** What a code says, which key it names, and what that key signed; null where it is no whole code. */
export function read(code) {
  const content = bytes(code.slice(VERSION.length));
  if (!content || content.length <= HEAD + SIGNATURE) return null;
  const body = content.subarray(0, -SIGNATURE);
  if (body[HEAD - 1] !== body.length - HEAD) return null;
  let name;
  try {
    name = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body.subarray(HEAD));
  } catch {
    return null;
  }
  const day = (at) => new Date(Date.UTC(2000, 0, 1 + body[at] * 256 + body[at + 1]));
  const bits = body[11] & ~CUT;
  const areas = AREAS.filter((_, bit) => (bits >> bit) & 1);
  if (bits >> AREAS.length) areas.push("other");
  return {
    number: spoken(body),
    name,
    isNameCut: Boolean(body[11] & CUT),
    issued: day(5),
    last: day(7),
    known: day(9),
    areas,
    kid: "key-" + [...body.subarray(12, 20)].map((byte) => byte.toString(16).padStart(2, "0")).join(""),
    signed: new Uint8Array([...PREFIX, ...body]),
    signature: content.slice(-SIGNATURE),
  };
}

/** Whether the key (64 hexadecimal digits) signed what was read. */
export function holds(found, key) {
  const held = Uint8Array.from(key.match(/../g), (pair) => parseInt(pair, 16));
  return verifyAsync(found.signature, found.signed, held, { zip215: false }).catch(() => false);
}

function bytes(letters) {
  const found = [];
  let held = 0;
  let count = 0;
  for (const letter of letters) {
    held = (held << 5) | BASE32.indexOf(letter);
    count += 5;
    if (count >= 8) {
      count -= 8;
      found.push((held >> count) & 255);
      held &= (1 << count) - 1;
    }
  }
  // What is left over belongs to no byte: nothing may be hidden in it.
  return held || count >= 5 ? null : new Uint8Array(found);
}

function spoken(body) {
  let value = 0n;
  for (const byte of body.subarray(0, 5)) value = (value << 8n) | BigInt(byte);
  let letters = "";
  for (let place = 35n; place >= 0n; place -= 5n) letters += SPOKEN[Number((value >> place) & 31n)];
  return `C-${letters.slice(0, 4)}-${letters.slice(4)}`;
}
