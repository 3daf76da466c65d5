// Menus are <details>: they close on Escape, on a click elsewhere, and when another one opens.
const MENUS = "details.menu, details.menu-like";

export function startMenus() {
  document.querySelectorAll(".tabs").forEach(startTabs);
  document.addEventListener("click", (event) => closeAllBut(event.target.closest(MENUS)));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = document.activeElement.closest(openOnes()) ?? document.querySelector(openOnes());
    if (!open) return;
    open.open = false;
    open.querySelector("summary").focus();
  });
  document.addEventListener("focusin", (event) => closeAllBut(event.target.closest(MENUS)));
}

// A row of tabs that is wider than the page shows the current one, and fades where it goes on. Only the row scrolls.
function startTabs(row) {
  const current = row.querySelector("[aria-current]");
  if (current) row.scrollLeft = current.offsetLeft - row.offsetLeft - (row.clientWidth - current.offsetWidth) / 2;
  const fade = () => {
    row.classList.toggle("cut-before", row.scrollLeft > 1);
    row.classList.toggle("cut-after", row.scrollLeft + row.clientWidth < row.scrollWidth - 1);
  };
  row.addEventListener("scroll", fade, { passive: true });
  window.addEventListener("resize", fade);
  fade();
}

function openOnes() {
  return MENUS.split(", ").map((selector) => `${selector}[open]`).join(", ");
}

function closeAllBut(kept) {
  for (const menu of document.querySelectorAll(openOnes())) {
    if (menu !== kept && !menu.contains(kept)) menu.open = false;
  }
}
