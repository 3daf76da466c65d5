// The command palette: asks the server what fits the words, and shows only what this person may open or do.
const PAUSE_MS = 90;
let running = null;
let sprite = "";
// Settled once the list shows what fits the words in the input; keys that were typed ahead of it wait for it.
let shown = Promise.resolve();

export function startPalette() {
  const dialog = document.getElementById("palette");
  if (!dialog) return;
  sprite = document.querySelector("svg.icon use")?.getAttribute("href")?.split("#")[0] ?? "";
  const input = dialog.querySelector("input");
  input.addEventListener("input", () => { shown = look(input, PAUSE_MS); });
  input.addEventListener("keydown", (event) => steer(event, dialog));
  dialog.addEventListener("close", () => {
    running?.abort();
    input.value = "";
  });
  new MutationObserver(() => { if (dialog.open) shown = look(input, 0); }).observe(dialog, { attributeFilter: ["open"] });
}

export function openPalette() {
  const dialog = document.getElementById("palette");
  if (dialog && !dialog.open) dialog.showModal();
}

// A newer look takes over from one under way, which then changes nothing any more.
async function look(input, pause) {
  running?.abort();
  const mine = running = new AbortController();
  await new Promise((resolve) => { setTimeout(resolve, pause); });
  if (mine.signal.aborted) return;
  const words = input.value;
  const query = new URLSearchParams({ q: words, at: document.body.dataset.item ?? "" });
  try {
    const answer = await fetch(`${document.body.dataset.palette}?${query}`, { headers: { Accept: "application/json" }, signal: mine.signal });
    if (!answer.ok) throw new Error(String(answer.status));
    show((await answer.json()).groups, words);
  } catch (error) {
    if (error.name !== "AbortError") say("The server did not answer. Try again in a moment.");
  }
}

function list() {
  return document.getElementById("palette-list");
}

function say(text) {
  const line = document.createElement("p");
  line.className = "palette-empty";
  line.textContent = text;
  list().replaceChildren(line);
}

function show(groups, words) {
  const filled = groups.filter((group) => group.items.length);
  if (!filled.length) {
    say(words ? `Nothing found for “${words}”.` : "Type to find models, people and pages.");
    return;
  }
  list().replaceChildren(...filled.map(drawGroup));
  list().querySelectorAll("[role=option]").forEach((option, index) => { option.id = `palette-${index}`; });
  choose(list().querySelector("[role=option]"));
}

function drawGroup(group) {
  const box = document.createElement("div");
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", group.title);
  const title = document.createElement("span");
  title.textContent = group.title;
  title.setAttribute("aria-hidden", "true");
  box.append(title, ...group.items.map(drawOption));
  return box;
}

function drawOption(item) {
  const link = document.createElement("a");
  link.href = item.url;
  link.setAttribute("role", "option");
  link.setAttribute("aria-selected", "false");
  link.tabIndex = -1;
  link.append(drawIcon(item.icon), span("cut", item.title), span("hint", item.hint ?? ""));
  if (item.keys) {
    const keys = document.createElement("kbd");
    keys.textContent = item.keys;
    link.append(keys);
  }
  link.addEventListener("mousemove", () => choose(link));
  return link;
}

function drawIcon(name) {
  const space = "http://www.w3.org/2000/svg";
  const icon = document.createElementNS(space, "svg");
  icon.setAttribute("class", "icon s");
  icon.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `${sprite}#${name}`);
  icon.append(use);
  return icon;
}

function span(kind, text) {
  const box = document.createElement("span");
  box.className = kind;
  box.textContent = text;
  return box;
}

function choose(option) {
  if (!option) return;
  list().querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false");
  option.setAttribute("aria-selected", "true");
  option.scrollIntoView({ block: "nearest" });
  document.querySelector("#palette input").setAttribute("aria-activedescendant", option.id);
}

async function steer(event, dialog) {
  if (!["ArrowDown", "ArrowUp", "Enter"].includes(event.key)) return;
  event.preventDefault();
  await shown;
  const options = [...list().querySelectorAll("[role=option]")];
  const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown") choose(options[(at + 1) % options.length]);
  else if (event.key === "ArrowUp") choose(options[(at - 1 + options.length) % options.length]);
  else if (options[at] && dialog.open) {
    dialog.close();
    location.assign(options[at].href);
  }
}
