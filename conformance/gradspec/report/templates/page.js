// Filters the matrix, copies scripts, and takes the keyboard along. The page reads without it.
"use strict";
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const departures = new Set(JSON.parse(document.getElementById("data").textContent).verdicts);
const form = document.querySelector(".filters");
const rows = all("tr.spec");
const backends = all(".backend").map((th) => th.textContent);

form.hidden = false;
for (const button of all(".copy")) button.hidden = false;

// What a search looks through, gathered the first time a row is asked.
const searched = new Map();
function words(row) {
  if (!searched.has(row)) {
    const sheet = document.getElementById("spec=" + row.dataset.id);
    searched.set(row, (row.textContent + " " + sheet.textContent).toLowerCase());
  }
  return searched.get(row);
}

function fits(row, want) {
  const verdicts = row.dataset.verdicts.trim().split(" ");
  const asked = want.backend ? [verdicts[backends.indexOf(want.backend)]] : verdicts;
  if (want.level && row.dataset.level !== want.level) return false;
  if (want.chapter && row.parentNode.dataset.chapter !== want.chapter) return false;
  if (want.verdict === "departs" && !asked.some((v) => departures.has(v))) return false;
  if (want.verdict === "differ" && new Set(verdicts).size === 1) return false;
  if (want.verdict && !["departs", "differ"].includes(want.verdict) && !asked.includes(want.verdict)) return false;
  if (want.backend && !want.verdict && asked[0] === "not-run") return false;
  return want.text.toLowerCase().split(/\s+/).every((word) => words(row).includes(word));
}

function filter() {
  const want = Object.fromEntries(new FormData(form));
  for (const row of rows) row.hidden = !fits(row, want);
  for (const chapter of all("tbody[data-chapter]")) chapter.hidden = !all("tr.spec:not([hidden])", chapter).length;
  const left = rows.filter((row) => !row.hidden).length;
  form.querySelector("output").value = `${left} of ${rows.length}`;
  document.querySelector(".nothing").hidden = left > 0;
}
form.addEventListener("input", filter);
form.addEventListener("reset", () => setTimeout(filter));
form.addEventListener("submit", (event) => event.preventDefault());
filter();

// An open sheet has the focus; what lies under it has not. Closing gives the focus back.
const main = document.querySelector("main");
const sheet = () => document.querySelector(".sheet:target");
let cameFrom = null;
function settle() {
  const open = sheet();
  main.inert = Boolean(open);
  document.documentElement.classList.toggle("reading", Boolean(open));
  if (open) {
    cameFrom = document.querySelector(`tr[data-id="${CSS.escape(open.id.slice(5))}"] a`);
    open.focus({ preventScroll: true });
  } else if (cameFrom) {
    if (location.hash === "#-") cameFrom.focus({ preventScroll: true });
    cameFrom = null;
  }
}
addEventListener("hashchange", settle);
settle();

function neighbour(row, step) {
  const shown = rows.filter((r) => !r.hidden);
  return shown[shown.indexOf(row) + step];
}
addEventListener("keydown", (event) => {
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
  const open = sheet();
  if (event.key === "Escape" && open) location.hash = "#-";
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/" && !open) {
    event.preventDefault();
    form.elements.text.focus();
  }
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1 }[event.key];
  const row = open
    ? rows.find((r) => "spec=" + r.dataset.id === open.id)
    : event.target.closest && event.target.closest("tr.spec");
  const next = step && row && neighbour(row, step);
  if (next && open && event.key.match(/Left|Right/)) location.hash = "#spec=" + next.dataset.id;
  if (next && !open && event.key.match(/Up|Down/)) {
    event.preventDefault();
    next.querySelector("a").focus();
  }
});
addEventListener("click", (event) => {
  if (event.target.classList.contains("sheet")) location.hash = "#-";
});

for (const button of all(".copy")) {
  button.addEventListener("click", async () => {
    const code = button.parentNode.querySelector("code");
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch {
      getSelection().selectAllChildren(code); // a page from a file may not have a clipboard: select and copy
      document.execCommand("copy");
    }
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 1500);
  });
}
