// Copies what is shown once. The button appears only where the browser lets a page write to the clipboard.
import { toast } from "./toasts.js";

export function startCopies() {
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll("[data-copies]")) button.hidden = false;
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copies]");
    if (!button) return;
    const field = document.getElementById(button.dataset.copies);
    try {
      await navigator.clipboard.writeText(field.value);
      toast("Copied.");
    } catch {
      field.select();
      toast("The browser did not allow it. The text is marked: copy it by hand.", { tone: "bad" });
    }
  });
}
