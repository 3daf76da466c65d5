// Keyboard shortcuts. Single keys never fire inside inputs, with a modifier, or when they are switched off.
import { openPalette } from "./palette.js";
import { pickHere, step } from "./rows.js";

const GO_MS = 1500;
let goUntil = 0;

export function startKeys() {
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      if (!document.getElementById("palette")) return;
      event.preventDefault();
      openPalette();
      return;
    }
    if (isTyping(event) || document.body.dataset.shortcuts === "off") return;
    if (single(event.key)) event.preventDefault();
  });
}

function isTyping(event) {
  const target = event.target;
  const writes = target.isContentEditable || target.matches?.("input:not([type=checkbox], [type=radio]), textarea, select");
  return writes || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]") !== null;
}

function single(pressed) {
  if (Date.now() < goUntil) {
    goUntil = 0;
    return follow(`[data-go="${CSS.escape(pressed)}"]`);
  }
  switch (pressed) {
    case "g": goUntil = Date.now() + GO_MS; return true;
    case "j": step(1); return true;
    case "k": step(-1); return true;
    case "x": pickHere(); return true;
    case "c": return follow("[data-key=c]");
    case "e": return follow("[data-key=e]");
    case "/": return search();
    case "?": document.getElementById("shortcuts")?.showModal(); return true;
    default: return false;
  }
}

function follow(selector) {
  const link = document.querySelector(selector);
  link?.click();
  return Boolean(link);
}

function search() {
  const box = document.querySelector("main input[type=search]");
  if (box) box.focus();
  else openPalette();
  return true;
}
