// Native dialogs: opening, closing, and the one question asked before something that is hard to take back.
export function startDialogs() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    const dialog = opener && document.getElementById(opener.dataset.opens);
    if (dialog && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      if (!dialog.open) dialog.showModal();
    }
    takeTheirs(event.target.closest("[data-takes]"));
    event.target.closest("[data-closes]")?.closest("dialog")?.close();
    if (event.target.matches("dialog[open]") && isOutside(event)) event.target.close();
  });
  document.addEventListener("submit", askFirst, true);
  document.addEventListener("htmx:confirm", (event) => {
    const text = event.detail.question;
    if (!text) return;
    event.preventDefault();
    ask(text, event.detail.elt).then((isSure) => isSure && event.detail.issueRequest(true));
  });
}

export function ask(text, from) {
  const dialog = document.getElementById("confirm");
  if (!dialog) return Promise.resolve(true);
  dialog.querySelector("#confirm-text").textContent = text;
  dialog.querySelector("#confirm-title").textContent = from?.dataset.confirmTitle ?? "Are you sure?";
  const yes = dialog.querySelector("[data-answer=yes]");
  yes.textContent = from?.dataset.confirmYes ?? "Continue";
  dialog.showModal();
  dialog.querySelector("[data-answer=no]").focus();
  return new Promise((resolve) => {
    const settle = (event) => {
      const button = event.target.closest("[data-answer]");
      if (!button && event.type === "click") return;
      dialog.removeEventListener("click", settle);
      dialog.removeEventListener("close", settle);
      if (dialog.open) dialog.close();
      resolve(button?.dataset.answer === "yes");
    };
    dialog.addEventListener("click", settle);
    dialog.addEventListener("close", settle);
  });
}

// In a conflict: the field gets what the other person wrote, still to be saved.
function takeTheirs(button) {
  const field = button && document.getElementById("the-form")?.elements[button.dataset.takes];
  if (!field) return;
  field.value = button.dataset.value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

function askFirst(event) {
  const form = event.target;
  const asker = event.submitter?.dataset.confirm ? event.submitter : form;
  if (!asker.dataset.confirm || form.dataset.isSure) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const submitter = event.submitter;
  ask(asker.dataset.confirm, asker).then((isSure) => {
    if (!isSure) return;
    form.dataset.isSure = "yes";
    form.requestSubmit(submitter);
    delete form.dataset.isSure;
  });
}

function isOutside(event) {
  const box = event.target.getBoundingClientRect();
  const { clientX: x, clientY: y } = event;
  return x < box.left || x > box.right || y < box.top || y > box.bottom;
}
