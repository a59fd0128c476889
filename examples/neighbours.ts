/** Which pictures look alike to a pretrained network: the neighbours of each, how often the nearest lies in the same folder, and a page to look at. */
import { writeFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { openDevice } from "intarsia";
import { tensorSource } from "intarsia/data";
import { listImages, loadTrunkWeights, readImage, safetensorsFile } from "intarsia/data/node";
import { openTrunk } from "intarsia/networks";

// pictures/* for the trunk of nsfwjs (docs/weights.md); --model resnet50 --weights resnet50.safetensors pictures/* for another network
const model = { type: "string", default: "mobilenet_v2_mid" } as const;
const page = { type: "string", default: "neighbours.html" } as const;
const { values, positionals } = parseArgs({ allowPositionals: true, options: { model, weights: { type: "string" }, page } });
const files = listImages(positionals);
async function* pictures() {
  for (const file of files) yield await readImage(file);
}

const device = await openDevice();
const weights = values.weights ? safetensorsFile(values.weights) : tensorSource(loadTrunkWeights("mobilenet_v2_mid"), "nsfwjs");
const trunk = await openTrunk(device, values.model, weights);
const { data } = await trunk.features(pictures());
device.close();

// cosine similarity: products of rows of length 1
const rows = files.map((_, i) => {
  const row = data.subarray(i * trunk.count, (i + 1) * trunk.count);
  const length = Math.hypot(...row);
  return row.map((x) => x / length);
});
const likeness = (i: number, j: number) => rows[i].reduce((sum, x, k) => sum + x * rows[j][k], 0);
const nearest = rows.map((_, i) => {
  const others = rows.flatMap((_, j) => (j === i ? [] : [{ j, likeness: likeness(i, j) }]));
  return others.sort((a, b) => b.likeness - a.likeness).slice(0, 5);
});

const kind = (i: number) => basename(dirname(resolve(files[i])));
const right = nearest.filter(([first], i) => kind(first.j) === kind(i)).length;
console.log(`${right} of ${files.length} pictures (${((100 * right) / files.length).toFixed(1)} %) have the nearest in their own folder`);

const shown = (i: number) => `<img src="${pathToFileURL(resolve(files[i]))}" title="${kind(i)}" height="90">`;
const lines = nearest.map((near, i) => `<p>${shown(i)} &rarr; ${near.map(({ j }) => shown(j)).join(" ")}</p>`);
await writeFile(values.page, `<!doctype html><meta charset="utf-8"><title>Neighbours</title>\n${lines.join("\n")}\n`);
console.log(`${values.page}: each picture and its five nearest`);
