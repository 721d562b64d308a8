// Saves each answer as it is given. The protocol stands in assets/README.md.
import { freshToken, post } from "./contact.js";
import { say } from "./reports.js";

const TYPING_PAUSE = 1200;
const RETRIES = [3000, 10000, 30000];

export function startAutosave() {
  for (const form of document.querySelectorAll("form[data-autosave]")) new Autosave(form);
}

class Autosave {
  constructor(form) {
    this.form = form;
    this.url = form.dataset.autosaveUrl;
    this.status = form.querySelector("[data-save-status]") ?? document.querySelector("[data-save-status]");
    this.waiting = new Set();
    this.tries = 0;
    this.running = null;
    form.addEventListener("input", (event) => this.typed(event.target));
    form.addEventListener("change", (event) => this.changed(event.target));
    form.addEventListener("click", (event) => this.chose(event.target.closest("[data-keep]")));
    form.addEventListener("submit", (event) => this.submitted(event));
    addEventListener("online", () => this.run());
    addEventListener("focus", () => this.run());
    addEventListener("pagehide", () => this.leave());
  }

  groupOf(control) {
    return control.closest("[data-field]");
  }

  typed(control) {
    if (!control.matches("input:not([type=radio]):not([type=checkbox]):not([type=file]), textarea")) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.changed(control), TYPING_PAUSE);
  }

  changed(control) {
    const group = this.groupOf(control);
    if (!group || control.type === "file") return;
    if (this.unfinished(group)) return;
    clearTimeout(this.timer);
    this.waiting.add(group.dataset.field);
    this.tries = 0;
    this.run();
  }

  // Of a question in several boxes (a day) nothing is sent while the person is still filling the others.
  unfinished(group) {
    const boxes = [...group.querySelectorAll(".usa-memorable-date :is(select, input)")];
    if (!boxes.length || !group.contains(document.activeElement)) return false;
    return boxes.some((box) => box.value) && boxes.some((box) => !box.value);
  }

  body(name) {
    const data = new URLSearchParams({ field: name });
    const group = this.form.querySelector(`[data-field="${CSS.escape(name)}"]`);
    const mine = new Set([...group.querySelectorAll("[name]")].map((control) => control.name));
    for (const [key, value] of new FormData(this.form)) {
      if (typeof value === "string" && (mine.has(key) || key === "version" || key === "csrfmiddlewaretoken"))
        data.append(key, value);
    }
    return data;
  }

  run() {
    clearTimeout(this.retry);
    this.running ??= this.drain().finally(() => (this.running = null));
    return this.running;
  }

  async drain() {
    while (this.waiting.size) {
      const [name] = this.waiting;
      this.waiting.delete(name);
      this.tell("saving");
      try {
        if (!(await this.save(name))) return;
      } catch {
        this.later(name, "offline");
        return;
      }
    }
  }

  // True where the answer was dealt with; false where it must wait.
  async save(name) {
    let answer = await post(this.url, this.body(name));
    if (answer.status === 403 && (await freshToken())) answer = await post(this.url, this.body(name));
    if (answer.signedOut || answer.status === 403) {
      this.waiting.add(name);
      this.tell("signedOut");
      return false;
    }
    if (answer.status >= 500 || answer.status === 429) {
      this.later(name, "broken");
      return false;
    }
    this.take(name, answer);
    return true;
  }

  later(name, state) {
    this.waiting.add(name);
    this.tell(state);
    this.retry = setTimeout(() => this.run(), RETRIES[Math.min(this.tries++, RETRIES.length - 1)]);
  }

  take(name, { status, text }) {
    const group = this.form.querySelector(`[data-field="${CSS.escape(name)}"]`);
    const fragment = new DOMParser().parseFromString(text, "text/html").querySelector("[data-save]");
    if (!fragment) return this.tell("broken");
    const version = this.form.elements.namedItem("version");
    if (fragment.dataset.version && version && status === 200) version.value = fragment.dataset.version;
    group.querySelector(".pc-conflict")?.remove();
    if (status === 200) {
      this.mark(group, "");
      this.tell("saved", fragment.textContent.trim());
    } else if (status === 422) {
      this.mark(group, fragment.innerHTML);
      say(fragment.textContent.trim());
      this.tell("idle");
    } else if (status === 409) {
      this.mark(group, "");
      group.append(document.adoptNode(fragment));
      say(fragment.querySelector("p")?.textContent ?? "");
      this.tell("idle");
    }
  }

  mark(group, errors) {
    group.classList.toggle("usa-form-group--error", Boolean(errors));
    const place = group.querySelector("[data-error-of]");
    if (place) place.innerHTML = errors;
    for (const control of group.querySelectorAll("input, select, textarea")) {
      if (errors) control.setAttribute("aria-invalid", "true");
      else control.removeAttribute("aria-invalid");
    }
  }

  // One of the two answers after another window saved first.
  chose(button) {
    if (!button) return;
    const group = this.groupOf(button);
    const fragment = button.closest("[data-save]");
    const version = this.form.elements.namedItem("version");
    if (version) version.value = fragment.dataset.version;
    if (button.dataset.keep === "theirs") this.fill(group, new URLSearchParams(button.dataset.values));
    fragment.remove();
    group.querySelector("input:not([type=hidden]), select, textarea")?.focus();
    this.waiting.add(group.dataset.field);
    this.run();
  }

  fill(group, values) {
    for (const control of group.querySelectorAll("input, select, textarea")) {
      const given = values.getAll(control.name);
      if (control.type === "radio" || control.type === "checkbox") control.checked = given.includes(control.value);
      else control.value = given[0] ?? "";
    }
  }

  // The whole form goes now: wait for a save under way, so that the version it sends is the newest.
  submitted(event) {
    clearTimeout(this.timer);
    this.waiting.clear();
    if (!this.running) return;
    event.preventDefault();
    this.running.finally(() => this.form.requestSubmit(event.submitter));
  }

  leave() {
    for (const name of this.waiting) post(this.url, this.body(name), { keepalive: true }).catch(() => {});
  }

  tell(state, words) {
    if (!this.status) return;
    const said = words ?? this.status.dataset[state];
    if (said) this.status.textContent = said;
    if (state === "idle" && this.status.dataset.state === "saving") this.status.textContent = this.before ?? "";
    if (state === "saved") this.before = said;
    this.status.dataset.state = ["offline", "broken", "signedOut"].includes(state) ? "trouble" : state;
  }
}
