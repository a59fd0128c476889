/** What the page does: choosing a kernel by pointer, key or table, zooming, and showing one kind of work. Plain script, since it runs as it stands. */
export const PROFILE_SCRIPT = `
const data = JSON.parse(document.getElementById("data").textContent);
const [win, canvas, cursor, facts] = ["window", "canvas", "cursor", "facts"].map((id) => document.getElementById(id));
const bars = [...canvas.querySelectorAll(".k")];
const rows = new Map([...document.querySelectorAll("tr[data-i]")].map((row) => [Number(row.dataset.i), row]));
let chosen = -1;
let zoom = 1;

function put(parent, name, text, cls) {
  const element = document.createElement(name);
  element.textContent = text;
  if (cls) element.className = cls;
  parent.append(element);
  return element;
}

function choose(i, follow) {
  if (i < 0 || i >= data.length || i === chosen) return;
  if (chosen >= 0) { bars[chosen].classList.remove("on"); rows.get(chosen).classList.remove("on"); }
  chosen = i;
  bars[i].classList.add("on");
  rows.get(i).classList.add("on");
  const { x, width } = bars[i].firstElementChild;
  const [from, wide] = [x.baseVal.value / 10, width.baseVal.value / 10];
  cursor.hidden = false;
  cursor.style.left = from + "%";
  cursor.style.width = wide + "%";
  if (follow) {
    const middle = ((from + wide / 2) / 100) * canvas.clientWidth;
    if (middle < win.scrollLeft || middle > win.scrollLeft + win.clientWidth) win.scrollLeft = middle - win.clientWidth / 2;
  }
  const { label, family, ...rest } = data[i];
  facts.replaceChildren();
  put(facts, "h3", i + "  " + label, family);
  const list = put(facts, "dl", "");
  for (const [name, value] of Object.entries(rest)) { put(list, "dt", name); put(list, "dd", value); }
}

function zoomTo(next) {
  const middle = (win.scrollLeft + win.clientWidth / 2) / canvas.clientWidth;
  zoom = Math.min(256, Math.max(1, next));
  canvas.style.width = 100 * zoom + "%";
  const at = chosen >= 0 ? (parseFloat(cursor.style.left) + parseFloat(cursor.style.width) / 2) / 100 : middle;
  win.scrollLeft = at * canvas.clientWidth - win.clientWidth / 2;
}

canvas.addEventListener("pointermove", (event) => {
  const bar = event.target.closest?.(".k");
  if (bar) choose(Number(bar.dataset.i), false);
});
canvas.addEventListener("click", (event) => {
  const bar = event.target.closest?.(".k");
  if (bar) choose(Number(bar.dataset.i), false);
});
win.addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1, PageDown: 10, PageUp: -10 }[event.key];
  if (step) choose(Math.min(data.length - 1, Math.max(0, chosen + step)), true);
  else if (event.key === "Home") choose(0, true);
  else if (event.key === "End") choose(data.length - 1, true);
  else if (event.key === "+" || event.key === "=") zoomTo(zoom * 2);
  else if (event.key === "-") zoomTo(zoom / 2);
  else if (event.key === "0") zoomTo(1);
  else return;
  event.preventDefault();
});
for (const button of document.querySelectorAll("[data-zoom]"))
  button.addEventListener("click", () => zoomTo(Number(button.dataset.zoom) === 0 ? 1 : zoom * Number(button.dataset.zoom)));
for (const button of document.querySelectorAll("[data-go]"))
  button.addEventListener("click", () => {
    choose(Number(button.dataset.go), true);
    win.scrollIntoView({ block: "center" });
    win.focus({ preventScroll: true });
  });
for (const key of document.querySelectorAll("[data-family]"))
  key.addEventListener("click", () => {
    const pressed = key.getAttribute("aria-pressed") !== "true";
    for (const other of document.querySelectorAll("[data-family]")) other.setAttribute("aria-pressed", String(other === key && pressed));
    canvas.classList.toggle("filtered", pressed);
    for (const bar of bars) bar.classList.toggle("chosen", bar.classList.contains(key.dataset.family));
    for (const row of rows.values()) row.hidden = pressed && !row.classList.contains(key.dataset.family);
  });
`;
