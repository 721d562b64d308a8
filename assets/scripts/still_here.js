// Asks before an idle session ends, in every open tab at once, and extends it with one tap.
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
  document.addEventListener("htmx:after:request", note);
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

  const look = () => {
    const rest = idle - (Date.now() - seen);
    if (rest <= 0) {
      const back = encodeURIComponent(location.pathname + location.search);
      location.assign(`${dialog.dataset.over}?next=${back}`);
    } else if (rest <= warn) {
      left.textContent = words(rest);
      if (!dialog.open) dialog.showModal();
    }
  };
  setInterval(look, 1000);
  // A phone that slept has missed its seconds.
  document.addEventListener("visibilitychange", look);
}
