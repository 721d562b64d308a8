// Keeps the page that checks printed codes, so that it opens without a network. Its address writes `SHELL` first: the
// version, the page and the files it is made of. Nothing about anybody is kept: pages of the register go past it.
const NAME = `verify ${SHELL.page} ${SHELL.version}`;
const HOUR = 3_600_000;
const PATIENCE = 8_000;

// As a stranger: what is kept must not carry anybody's name or session.
const page = () => new Request(SHELL.page, { credentials: "omit", cache: "reload" });

addEventListener("install", (event) => {
  const keep = caches.open(NAME).then((cache) => cache.addAll([page(), ...SHELL.files]));
  event.waitUntil(keep.then(() => skipWaiting()));
});

addEventListener("activate", (event) => {
  const mine = `verify ${SHELL.page} `;
  const old = (name) => name.startsWith(mine) && name !== NAME;
  const tidy = caches.keys().then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name))));
  event.waitUntil(tidy.then(() => clients.claim()));
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(visit(event));
  else if (SHELL.files.includes(pathname)) event.respondWith(kept(pathname).then((file) => file ?? fetch(request)));
});

/** The page asked for; where it does not come, the one that was kept. */
async function visit(event) {
  const late = new Promise((_, reject) => setTimeout(reject, PATIENCE));
  const asked = fetch(event.request);
  asked.catch(() => {});
  try {
    const response = await Promise.race([asked, late]);
    if (response.status >= 500) return (await kept(SHELL.page)) ?? response;
    event.waitUntil(renew().catch(() => {}));
    return response;
  } catch {
    return (await kept(SHELL.page)) ?? asked;
  }
}

/** Fetch the page again, and the keys in it, once an hour at most. */
async function renew() {
  const age = Date.now() - Date.parse((await kept(SHELL.page))?.headers.get("date") ?? 0);
  if (!(age < HOUR)) await (await caches.open(NAME)).add(page());
}

async function kept(address) {
  return (await caches.open(NAME)).match(address, { ignoreVary: true });
}
