// Moving through rows with j and k, picking them with x, and shift-clicking a range of boxes.
const ROWS = "[data-rows] > :not(.day-row), [data-rows] > tr";
let lastBox = null;

export function startRows() {
  document.addEventListener("click", (event) => {
    const box = event.target.closest("input[name=pick]");
    if (!box) return;
    if (event.shiftKey && lastBox) pickRange(lastBox, box);
    lastBox = box;
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-picks-all]")) pickAll(event.target);
    if (event.target.matches("input[name=pick], [data-picks-all]")) countPicked();
  });
  document.addEventListener("htmx:load", countPicked);
  countPicked();
}

export function step(direction) {
  const rows = [...document.querySelectorAll(ROWS)].filter((row) => row.offsetParent !== null);
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.classList.contains("at"));
  const next = rows[Math.min(rows.length - 1, Math.max(0, at + direction))];
  rows[at]?.classList.remove("at");
  next.classList.add("at");
  const link = next.querySelector("a[href]");
  link?.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

export function pickHere() {
  const box = document.querySelector("[data-rows] .at input[name=pick]");
  if (box) box.click();
}

function boxes() {
  return [...document.querySelectorAll("input[name=pick]")];
}

function pickRange(from, to) {
  const all = boxes();
  const [first, last] = [all.indexOf(from), all.indexOf(to)].sort((a, b) => a - b);
  for (const box of all.slice(first, last + 1)) box.checked = to.checked;
  countPicked();
}

function pickAll(master) {
  for (const box of boxes()) box.checked = master.checked;
}

function countPicked() {
  const count = boxes().filter((box) => box.checked).length;
  for (const bar of document.querySelectorAll("[data-bulk]")) {
    bar.hidden = count === 0;
    const words = bar.querySelector("[data-bulk-count]");
    if (words) words.textContent = `${count} picked`;
  }
}
