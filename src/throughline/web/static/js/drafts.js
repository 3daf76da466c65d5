// Typed text survives a crash, a wrong click and an expired login: it is kept in this browser, per person and field.
const PREFIX = "throughline.draft";
const SENT = "throughline.sent";
const PAUSE_MS = 800;
const waiting = new Map();

export function startDrafts() {
  settleSent();
  restoreAll(document);
  document.addEventListener("input", (event) => {
    if (event.target.matches?.("[data-draft]")) later(event.target);
  });
  document.addEventListener("htmx:load", (event) => restoreAll(event.detail.elt));
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt.closest?.("form");
    // A redirect is followed before htmx calls the request successful, so the status is asked instead.
    const isDone = event.detail.xhr?.status >= 200 && event.detail.xhr.status < 400;
    const isSaved = isDone && !event.detail.xhr.getResponseHeader("X-Nothing-Saved");
    if (form && isSaved && event.detail.requestConfig?.verb !== "get") {
      settle(form, event.detail.requestConfig.parameters ?? {});
      forget(keysIn(form));
    }
  });
  document.addEventListener("submit", (event) => {
    flush();
    if (event.target.matches("[data-forgets-drafts]")) forget(allKeys());
    else if (event.target.method === "post" && !event.defaultPrevented) sessionStorage.setItem(SENT, JSON.stringify(keysIn(event.target)));
  });
  window.addEventListener("pagehide", flush);
}

function person() {
  return document.body.dataset.person;
}

function key(field) {
  return `${PREFIX}:${person()}:${location.pathname}${location.search}:${field.dataset.draft}`;
}

function keysIn(form) {
  return [...form.querySelectorAll("[data-draft]")].map(key);
}

function allKeys() {
  return Object.keys(localStorage).filter((name) => name.startsWith(`${PREFIX}:${person()}:`));
}

function later(field) {
  clearTimeout(waiting.get(field));
  waiting.set(field, setTimeout(() => keep(field), PAUSE_MS));
}

function flush() {
  for (const field of [...waiting.keys()]) keep(field);
}

function keep(field) {
  clearTimeout(waiting.get(field));
  waiting.delete(field);
  if (!person()) return;
  if (field.value === field.defaultValue) localStorage.removeItem(key(field));
  else localStorage.setItem(key(field), JSON.stringify({ text: field.value, base: field.defaultValue }));
  say(field, field.value === field.defaultValue ? "" : `Saved as draft in this browser, ${clock()}`);
}

function clock() {
  return new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

// A form sent without htmx tells nothing back. The next page does: signed in and not refused means it arrived.
function settleSent() {
  const sent = sessionStorage.getItem(SENT);
  if (!sent || !person()) return;
  sessionStorage.removeItem(SENT);
  if (!("refused" in document.body.dataset)) forget(JSON.parse(sent));
}

// In a form that stays, what was sent is now what is saved; later words are a draft over that.
function settle(form, sent) {
  for (const field of form.querySelectorAll("[data-draft]")) {
    if (typeof sent[field.name] === "string") field.defaultValue = sent[field.name];
  }
}

function forget(keys) {
  for (const field of [...waiting.keys()]) {
    if (keys.includes(key(field))) {
      clearTimeout(waiting.get(field));
      waiting.delete(field);
    }
  }
  for (const name of keys) localStorage.removeItem(name);
}

function restoreAll(root) {
  if (!person()) return;
  for (const field of root.querySelectorAll?.("[data-draft]") ?? []) restore(field);
}

function restore(field) {
  const found = localStorage.getItem(key(field));
  if (!found || field.value !== field.defaultValue) return;
  const draft = JSON.parse(found);
  if (draft.text === field.value) return;
  field.value = draft.text;
  field.dispatchEvent(new Event("change", { bubbles: true }));
  const hasMoved = draft.base !== field.defaultValue;
  say(field, hasMoved ? "Your draft is back; the saved text has changed meanwhile." : "Your draft is back.", true);
}

function say(field, text, canDiscard = false) {
  const note = document.querySelector(`[data-draft-note="${field.id}"]`);
  if (!note) return;
  note.textContent = text;
  if (canDiscard) note.append(discardButton(field));
}

function discardButton(field) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Discard it";
  button.addEventListener("click", () => {
    field.value = field.defaultValue;
    localStorage.removeItem(key(field));
    say(field, "");
    field.focus();
  });
  return button;
}
