// In a <table data-rows>: the action bar appears once something is chosen; while the focus is inside the table,
// j and k (or the arrows) move, x chooses, shift-click chooses a stretch. Outside it no single key does anything.

export function startRows() {
  for (const table of document.querySelectorAll("table[data-rows], [data-rows] table")) watch(table);
  document.addEventListener("htmx:after:swap", () => {
    for (const table of document.querySelectorAll("[data-rows] table:not([data-watched])")) watch(table);
  });
}

function watch(table) {
  table.dataset.watched = "";
  const form = table.closest("form") ?? document;
  const bar = form.querySelector("[data-bulk]");
  const all = table.querySelector("[data-choose-all]");
  const boxes = () => [...table.querySelectorAll("tbody input[type=checkbox]")];
  let last = null;

  const draw = () => {
    const chosen = boxes().filter((box) => box.checked);
    for (const box of boxes()) box.closest("tr").toggleAttribute("data-chosen", box.checked);
    if (bar) {
      bar.hidden = !chosen.length;
      const count = bar.querySelector("[data-bulk-count]");
      if (count) count.textContent = String(chosen.length);
    }
    if (all) {
      all.checked = chosen.length > 0 && chosen.length === boxes().length;
      all.indeterminate = chosen.length > 0 && !all.checked;
    }
  };

  all?.addEventListener("change", () => {
    for (const box of boxes()) box.checked = all.checked;
    draw();
  });
  table.addEventListener("click", (event) => {
    const box = event.target.closest("tbody input[type=checkbox]");
    if (!box) return;
    if (event.shiftKey && last) {
      const list = boxes();
      const [from, to] = [list.indexOf(last), list.indexOf(box)].sort((a, b) => a - b);
      for (const one of list.slice(from, to + 1)) one.checked = box.checked;
    }
    last = box;
    draw();
  });
  table.addEventListener("change", draw);
  table.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.matches("input:not([type=checkbox]), select, textarea")) return;
    const rows = [...table.querySelectorAll("tbody tr")];
    const at = rows.indexOf(event.target.closest("tr"));
    const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      rows[Math.min(Math.max(at + step, 0), rows.length - 1)]?.querySelector("a, button")?.focus();
    } else if (event.key === "x" && at >= 0) {
      const box = rows[at].querySelector("input[type=checkbox]");
      if (box) {
        event.preventDefault();
        box.checked = !box.checked;
        draw();
      }
    }
  });
  draw();
}
