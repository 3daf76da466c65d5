// Labelling by keyboard: the keys that stand on the buttons press them, arrows move, n writes a note. Before all other
// shortcuts, because a page of labels has keys of its own.

export function startLabelling() {
  document.addEventListener("keydown", (event) => {
    const page = document.querySelector("[data-labelling]");
    if (!page || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.target.matches?.("[data-note]")) return inNote(event, page);
    if (event.target.matches?.("input, textarea, select") || document.body.dataset.shortcuts === "off") return;
    if (press(page, event)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  });
}

// Enter and Escape leave the note and keep what was typed: it goes with the label.
function inNote(event, page) {
  if (event.key !== "Enter" && event.key !== "Escape") return;
  event.preventDefault();
  event.target.blur();
  page.focus({ preventScroll: true });
}

function press(page, event) {
  if (event.key === "n") {
    const note = page.querySelector("[data-note]");
    note?.focus();
    return Boolean(note);
  }
  const wanted = page.querySelector(`[data-press="${CSS.escape(event.key)}"]`);
  // A key that is held down must not answer item after item.
  if (wanted && !event.repeat && !wanted.disabled) wanted.click();
  return Boolean(wanted);
}
