// The printed code that stands behind the # of this address: checked here, shown in words that the page holds, and never
// sent anywhere. Also makes these pages work without a network.
import { find, holds, read } from "./printed_code.js";

const place = document.querySelector("[data-printed-code]");
// Above the register's answer: whoever holds a paper that is not genuine must not read first how well the number stands.
const alarm = document.querySelector("[data-code-alarm]") ?? place;
const DAY = 86_400_000;
const language = document.documentElement.lang;

let shown = "";

if (place) {
  const look = () => show(find(location.hash));
  for (const link of document.querySelectorAll("a[hreflang]")) {
    // The same code in the other language, too.
    link.addEventListener("click", () => (link.hash = location.hash));
  }
  document.querySelector("[data-code-form]")?.addEventListener("submit", (event) => {
    event.preventDefault();
    show(find(event.target.elements.text.value) || "PC1", { isAsked: true });
  });
  addEventListener("hashchange", look);
  // A page that comes back from the history may be old by now.
  addEventListener("pageshow", (event) => event.persisted && look());
  addEventListener("online", () => show(shown));
  look();
}

if ("serviceWorker" in navigator) {
  // One for each language: a worker serves what lies beside it.
  for (const address of document.querySelector("[data-workers]").dataset.workers.split(" ")) {
    navigator.serviceWorker.register(address, { updateViaCache: "none" }).catch(() => {});
  }
}

async function show(code, { isAsked = false } = {}) {
  shown = code;
  place.replaceChildren();
  alarm.replaceChildren();
  if (!code) return;
  const found = read(code);
  const outcome = await judge(found);
  if (shown !== code) return; // another one was scanned meanwhile
  const where = outcome === "genuine" ? place : alarm;
  where.replaceChildren(filled(outcome, found));
  if (isAsked) where.querySelector("h2").focus();
  if (outcome === "genuine") await tellMore(found);
}

async function judge(found) {
  if (!found) return "unreadable";
  if (!globalThis.crypto?.subtle) return "cannot";
  const key = await keyOf(found.kid);
  if (key === null) return "unknown_key";
  if (!key || !(await holds(found, key))) return "forged";
  const named = addressed();
  return named && named !== letters(found.number) ? "other_number" : "genuine";
}

/** The letters of the number that this page's address names, however it is typed there; "" where it names none of ours. */
function addressed() {
  try {
    const typed = letters(decodeURIComponent(location.pathname).match(/\/verify\/([^/]+)/)?.[1] ?? "");
    return typed.length === 9 && typed[0] === "C" ? typed : "";
  } catch {
    return "";
  }
}

function letters(number) {
  return number.toUpperCase().replace(/[^0-9A-Z]/g, "").replace(/O/g, "0").replace(/[IL]/g, "1");
}

/** The key of this name, from those kept or, where it is not among them, from the site as of now; null: cannot be asked. */
async function keyOf(kid) {
  const kept = JSON.parse(place.dataset.keys);
  if (kept[kid]) return kept[kid];
  const page = await ask(place.dataset.page);
  const keys = page?.querySelector("[data-keys]")?.dataset.keys;
  return keys ? JSON.parse(keys)[kid] : null;
}

/** One of the page's templates with its gaps filled. */
function filled(name, found) {
  const part = document.getElementById(`code-${name}`).content.cloneNode(true);
  if (!found) return part;
  const day = new Intl.DateTimeFormat(language, { dateStyle: "long", timeZone: "UTC" });
  const words = {
    number: found.number,
    name: found.isNameCut ? `${found.name}…` : found.name,
    issued: day.format(found.issued),
    last: day.format(found.last),
    known: day.format(found.known),
    areas: found.areas.map((area) => document.getElementById(`area-${area}`).content.textContent).join(", "),
  };
  const stands = { areas: found.areas.length > 0, cut: found.isNameCut, over: Date.now() > found.last.getTime() + 2 * DAY };
  for (const gap of part.querySelectorAll("[data-fill]")) gap.textContent = words[gap.dataset.fill];
  for (const some of part.querySelectorAll("[data-if]")) if (!stands[some.dataset.if]) some.remove();
  return part;
}

/** What a genuine code alone cannot tell: whether the register shows another name, and where the certificate stands. */
async function tellMore(found) {
  if (document.querySelector("[data-register-name]")) return compareNames(found);
  const standing = place.querySelector("[data-standing]");
  const page = await ask(place.dataset.register.replace("NUMBER", found.number));
  if (!standing.isConnected) return;
  if (page) standing.replaceChildren(...document.importNode(page.body, true).childNodes);
  else standing.replaceChildren(filled("standing_unknown", found));
  compareNames(found);
}

/** The name on the paper beside the one that the register's answer on this page shows, if it has answered. */
function compareNames(found) {
  const name = document.querySelector("[data-register-name]")?.dataset.registerName ?? found.name;
  if (found.isNameCut ? !name.startsWith(found.name) : name !== found.name) place.append(filled("other_name", found));
}

/** A page of ours as it is now, as for a stranger; null where it cannot be had. */
async function ask(address) {
  try {
    const response = await fetch(address, { headers: { "HX-Request": "true" }, credentials: "omit", cache: "no-store" });
    const isAnswer = response.ok || response.status === 404 || response.status === 410;
    return isAnswer ? new DOMParser().parseFromString(await response.text(), "text/html") : null;
  } catch {
    return null;
  }
}
