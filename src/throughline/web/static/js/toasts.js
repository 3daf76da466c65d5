// Short messages in the live region; they leave by themselves unless they ask for an answer.
const STAY_MS = 8000;

export function toast(text, { tone = "", link = null, stays = false } = {}) {
  const region = document.getElementById("toasts");
  if (!region) return;
  const box = document.createElement("div");
  box.className = `toast ${tone}`;
  const words = document.createElement("div");
  words.textContent = text;
  if (link) words.append(" ", anchor(link));
  box.append(words, closer(box));
  region.append(box);
  if (!stays) setTimeout(() => leave(box), STAY_MS);
}

function leave(box) {
  if (box.matches(":hover, :focus-within")) setTimeout(() => leave(box), 2000);
  else box.remove();
}

function anchor({ url, text }) {
  const link = document.createElement("a");
  link.href = url;
  link.textContent = text;
  return link;
}

function closer(box) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button quiet small";
  button.textContent = "Close";
  button.addEventListener("click", () => box.remove());
  return button;
}
