// Theme and the switch for single-key shortcuts: kept in cookies so that the server draws the right page at once.
const YEAR = 31536000;

export function remember(name, value) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${name}=${value}; Max-Age=${YEAR}; Path=/; SameSite=Lax${secure}`;
}

export function startLooks() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-looks] button[name=theme]");
    if (!button) return;
    event.preventDefault();
    document.documentElement.dataset.theme = button.value;
    remember("theme", button.value);
    for (const other of button.form.querySelectorAll("button[name=theme]")) {
      other.setAttribute("aria-pressed", String(other === button));
    }
  });
  document.addEventListener("change", (event) => {
    const box = event.target.closest("[data-shortcuts-switch]");
    if (!box) return;
    document.body.dataset.shortcuts = box.checked ? "on" : "off";
    remember("shortcuts", box.checked ? "on" : "off");
  });
}
