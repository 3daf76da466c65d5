// What every request shares: the CSRF header, progress, refusals put where they belong, and no sending twice.
import { toast } from "./toasts.js";

const REFUSALS = new Set([400, 403, 404, 409, 412, 413, 422]);

export function startRequests() {
  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRFToken"] = document.querySelector("meta[name=csrf-token]")?.content ?? "";
  });
  document.addEventListener("htmx:beforeSwap", placeRefusal);
  document.addEventListener("htmx:beforeRequest", (event) => busy(event.detail.elt, true));
  document.addEventListener("htmx:afterRequest", (event) => busy(event.detail.elt, false));
  document.addEventListener("htmx:sendError", () => toast("The server cannot be reached. What you typed is kept.", { tone: "bad" }));
  document.addEventListener("htmx:responseError", explain);
  document.addEventListener("toast", (event) => toast(event.detail.text ?? event.detail.value, event.detail));
  document.addEventListener("submit", sendOnce);
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sending]")) release(form);
  });
}

function placeRefusal(event) {
  const { xhr, elt } = event.detail;
  if (!REFUSALS.has(xhr.status) || !xhr.responseText.includes("role=\"alert\"")) return;
  const slot = elt.closest("form")?.querySelector("[data-refusals]") ?? document.querySelector("[data-refusals]");
  if (!slot) return;
  event.detail.target = slot;
  event.detail.swapOverride = "innerHTML";
  event.detail.shouldSwap = true;
  event.detail.isError = false;
  // As soon as the reasons stand there: later, the page would move under whoever goes on already.
  slot.addEventListener("htmx:afterSwap", () => point(slot), { once: true });
}

// The first faulty field gets the focus; all of them are marked until they are changed.
function point(slot) {
  slot.scrollIntoView({ block: "nearest" });
  const form = slot.closest("form");
  const fields = [...slot.querySelectorAll("[data-field]")].map((reason) => form?.elements[reason.dataset.field]);
  for (const field of fields.filter((one) => one instanceof HTMLElement)) {
    field.closest("details:not([open])")?.setAttribute("open", "");
    field.setAttribute("aria-invalid", "true");
    field.addEventListener("input", () => field.removeAttribute("aria-invalid"), { once: true });
  }
  fields.find((one) => one instanceof HTMLElement)?.focus();
}

function explain(event) {
  const { xhr } = event.detail;
  const id = xhr.getResponseHeader("X-Request-ID");
  if (xhr.status === 401) {
    const next = encodeURIComponent(location.pathname + location.search);
    const url = `${document.body.dataset.signIn ?? "/sign-in"}?next=${next}`;
    toast("You have been signed out. What you typed is kept as a draft.", { tone: "bad", stays: true, link: { url, text: "Sign in again" } });
    return;
  }
  toast(`That did not work (${xhr.status}). Nothing was changed.${id ? ` Request ${id}.` : ""}`, { tone: "bad" });
}

function busy(element, isBusy) {
  document.body.toggleAttribute("aria-busy", false);
  if (isBusy) document.body.setAttribute("aria-busy", "true");
  const form = element.closest("form");
  if (!form || form.method !== "post") return;
  for (const button of form.querySelectorAll("button:not([type=button])")) button.toggleAttribute("disabled", isBusy);
}

function sendOnce(event) {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || isBoosted(form)) return;
  if (form.dataset.sending) {
    event.preventDefault();
    return;
  }
  form.dataset.sending = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
  document.body.setAttribute("aria-busy", "true");
}

function isBoosted(form) {
  return ["hx-post", "hx-put", "hx-patch", "hx-delete"].some((name) => form.hasAttribute(name));
}

function release(form) {
  delete form.dataset.sending;
  document.body.removeAttribute("aria-busy");
  for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
}
