// Asks before an idle session ends, in every open tab at once, and extends it with one tap. At the end the page leaves
// for the sign-in; a form that was being filled goes along, to be given back afterwards.
import { noteContact, post } from "./contact.js";

const SEEN = "peercert.seen";

export function startStillHere() {
  const dialog = document.getElementById("still-here");
  if (!dialog) return;
  const idle = Number(dialog.dataset.idle) * 1000;
  const warn = Math.min(Number(dialog.dataset.warn) * 1000, idle / 2);
  const left = dialog.querySelector("[data-left]");
  let seen = Date.now();

  const note = () => {
    seen = Date.now();
    try {
      localStorage.setItem(SEEN, String(seen));
    } catch {
      // Without storage each tab counts for itself.
    }
    if (dialog.open) dialog.close();
  };
  note();
  document.addEventListener("peercert:contact", note);
  document.addEventListener("htmx:after:request", ({ detail }) => {
    // What a page asks by itself is no sign that somebody is here (web/account/half_hour.py).
    if (!detail.ctx.request.headers["By-Itself"]) note();
  });
  addEventListener("storage", (event) => {
    if (event.key === SEEN && Number(event.newValue) > seen) {
      seen = Number(event.newValue);
      if (dialog.open) dialog.close();
    }
  });

  dialog.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    try {
      const { status, signedOut } = await post(dialog.dataset.url, new URLSearchParams(new FormData(form)));
      if (!signedOut && status < 400) noteContact();
      else form.submit();
    } catch {
      form.submit();
    }
  });

  const words = (milliseconds) => {
    const minutes = Math.ceil(milliseconds / 60000);
    const [unit, count] = milliseconds > 60000 ? ["minute", minutes] : ["second", Math.ceil(milliseconds / 1000)];
    return new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit, unitDisplay: "long" }).format(count);
  };

  let filled;
  document.addEventListener("input", ({ target }) => {
    const form = target.form;
    if (form?.getAttribute("method") === "post" && !form.querySelector("[type=password]")) filled = form;
  });
  // What saves itself has nothing to lose but an answer that could not be taken.
  const hasUnsaved = () =>
    filled?.isConnected && (!filled.matches("[data-autosave]") || filled.querySelector("[aria-invalid=true]"));

  const leave = () => {
    clearInterval(watch);
    const back = location.pathname + location.search;
    if (!hasUnsaved()) return location.assign(`${dialog.dataset.over}?${new URLSearchParams({ next: back })}`);
    const own = filled.getAttribute("action");
    const { pathname, search } = new URL(own || location.href, location.href);
    filled.setAttribute("action", `${dialog.dataset.keep}?${new URLSearchParams({ action: pathname + search, back })}`);
    HTMLFormElement.prototype.submit.call(filled);
    // The browser's own way back may show this very page again.
    filled.setAttribute("action", own || "");
  };

  const look = () => {
    const rest = idle - (Date.now() - seen);
    if (rest <= 0) {
      leave();
    } else if (rest <= warn) {
      left.textContent = words(rest);
      if (!dialog.open) dialog.showModal();
    }
  };
  const watch = setInterval(look, 1000);
  // A phone that slept has missed its seconds.
  document.addEventListener("visibilitychange", look);
}
