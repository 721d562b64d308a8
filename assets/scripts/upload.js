// Sends a document as soon as it is chosen, shows how far it is, and puts the server's answer in place.
import { noteContact } from "./contact.js";

export function startUploads() {
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-upload]");
    if (form && event.target.type === "file" && event.target.files.length) send(form, event.target);
  });
}

function send(form, input) {
  const file = input.files[0];
  const status = form.querySelector("[data-upload-status]");
  const bar = status.querySelector("progress");
  const tell = (words) => (status.querySelector("p").textContent = words ?? "");
  if (file.size > Number(form.dataset.maxBytes ?? Infinity)) {
    tell(status.dataset.tooLarge);
    input.value = "";
    return;
  }

  const request = new XMLHttpRequest();
  const data = new FormData();
  for (const [key, value] of new FormData(form)) if (typeof value === "string") data.append(key, value);
  data.append(input.name, file);
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    bar.value = event.loaded / event.total;
    if (event.loaded === event.total) tell(status.dataset.looking);
  });
  request.addEventListener("load", () => {
    bar.hidden = true;
    input.value = "";
    if (request.status >= 500) return tell(status.dataset.broken);
    if (request.status === 413) return tell(status.dataset.tooLarge);
    noteContact();
    tell("");
    place(form.dataset.uploadTarget, request.responseText);
  });
  request.addEventListener("error", () => {
    bar.hidden = true;
    tell(status.dataset.offline);
  });
  request.open("POST", form.dataset.uploadUrl || form.action);
  request.setRequestHeader("HX-Request", "true");
  bar.hidden = false;
  bar.value = 0;
  tell(status.dataset.sending);
  request.send(data);
}

// The answer replaces the target; htmx then asks on its own until the outcome is there.
function place(selector, html) {
  const target = document.querySelector(selector);
  const fresh = new DOMParser().parseFromString(html, "text/html").querySelector(selector);
  if (!target || !fresh) return location.reload();
  target.replaceWith(document.adoptNode(fresh));
  window.htmx?.process(fresh);
  fresh.querySelector("[data-focus]")?.focus();
}
