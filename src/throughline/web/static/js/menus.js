// Menus are <details>: they close on Escape, on a click elsewhere, and when another one opens.
const MENUS = "details.menu, details.menu-like";

export function startMenus() {
  document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
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

function openOnes() {
  return MENUS.split(", ").map((selector) => `${selector}[open]`).join(", ");
}

function closeAllBut(kept) {
  for (const menu of document.querySelectorAll(openOnes())) {
    if (menu !== kept && !menu.contains(kept)) menu.open = false;
  }
}
