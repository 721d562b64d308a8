// Tells what just happened: moves focus to an error summary, reads out short news, shows when a request went wrong.

/** Say `words` to screen readers without moving focus. */
export function say(words) {
  const live = document.getElementById("live");
  if (!live) return;
  live.textContent = "";
  requestAnimationFrame(() => (live.textContent = words));
}

function show(words) {
  const toast = document.getElementById("toast");
  if (!toast || !words) return;
  toast.textContent = words;
  toast.hidden = false;
  clearTimeout(show.timer);
  show.timer = setTimeout(() => (toast.hidden = true), 12000);
}

function focusOn(root) {
  root.querySelector("[data-focus]")?.focus();
}

export function startReports() {
  const live = document.getElementById("live");
  focusOn(document);
  document.addEventListener("htmx:after:swap", () => focusOn(document));
  document.addEventListener("htmx:error", () => show(live?.dataset.unreachable));
  document.addEventListener("htmx:response:error", (event) => {
    // 422 and 409 carry a fragment that says what to do; the rest is told here.
    const status = event.detail?.ctx?.response?.raw?.status;
    if (status !== 422 && status !== 409) show(live?.dataset.refused);
  });
}
