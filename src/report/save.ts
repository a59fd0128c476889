/** What a report's own script does: buttons that save a chart as SVG or PNG, and a table as CSV. Without the script a report shows the same. */
export const SAVE_SCRIPT = `
for (const figure of document.querySelectorAll("figure.figure")) {
  const svg = figure.querySelector("svg.plot"), caption = figure.querySelector("figcaption");
  const table = figure.classList.contains("table") ? figure.querySelector("table") : null;
  if (!caption || !(svg || table)) continue;
  const name = caption.textContent.trim().toLowerCase().replace(/[^\\p{L}\\p{N}]+/gu, "-").replace(/^-|-$/g, "") || "figure";
  const { width, height } = svg ? svg.viewBox.baseVal : {};
  const alone = () => {
    const copy = svg.cloneNode(true);
    const colours = [...copy.querySelectorAll("[color]")], shown = [...svg.querySelectorAll("[color]")];
    colours.forEach((element, i) => element.setAttribute("color", getComputedStyle(shown[i]).color));
    copy.setAttribute("xmlns", svg.namespaceURI);
    copy.setAttribute("width", width);
    copy.setAttribute("height", height);
    copy.setAttribute("font-family", "system-ui, sans-serif");
    const paper = document.createElementNS(svg.namespaceURI, "rect");
    for (const [key, value] of Object.entries({ width, height, fill: getComputedStyle(figure).backgroundColor })) paper.setAttribute(key, value);
    copy.prepend(paper);
    copy.removeAttribute("style");
    copy.removeAttribute("class");
    return new XMLSerializer().serializeToString(copy);
  };
  const give = (blob, ending) => {
    const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name + ending });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };
  const drawn = async () => {
    const image = new Image();
    image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(alone());
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: 2 * width, height: 2 * height });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => give(blob, ".png"), "image/png");
  };
  const button = (text, act) => {
    const made = Object.assign(document.createElement("button"), { type: "button", className: "save", textContent: text });
    made.setAttribute("aria-label", "Save as " + text + ": " + caption.textContent);
    made.addEventListener("click", act);
    figure.prepend(made);
  };
  const quoted = (cell) => '"' + cell.textContent.trim().replaceAll('"', '""').replaceAll("−", "-") + '"' + ",".repeat(cell.colSpan - 1);
  const lines = () => [...table.rows].map((row) => [...row.cells].map(quoted).join(","));
  if (table) button("CSV", () => give(new Blob([lines().join("\\r\\n") + "\\r\\n"], { type: "text/csv" }), ".csv"));
  if (!svg) continue;
  button("PNG", drawn);
  button("SVG", () => give(new Blob([alone()], { type: "image/svg+xml" }), ".svg"));
}
`;
