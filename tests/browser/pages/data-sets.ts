/** Data sets of files and bitmaps, as a page has them. */
import { fromBitmaps, fromFiles, fromTable, fileSource, UserError } from "../../../src/data/index.ts";
import { loader } from "../../../src/training/index.ts";

async function png(colour: string, width = 6, height = 4, type = "image/png"): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("no canvas");
  context.fillStyle = colour;
  context.fillRect(0, 0, width, height);
  return canvas.convertToBlob({ type, quality: 1 });
}

/** A file as a chosen folder has it. */
function placed(content: Blob | string, path: string): File {
  const file = new File([content], path.split("/").at(-1) ?? "");
  Object.defineProperty(file, "webkitRelativePath", { value: path });
  return file;
}

const messageOf = (run: Promise<unknown>): Promise<string> =>
  run.then(
    () => "not refused",
    (error: unknown) => (error instanceof UserError ? error.message : `no UserError: ${String(error)}`),
  );

export async function main(): Promise<unknown> {
  const files = [
    placed(await png("#ff0000", 6, 4, "image/webp"), "flowers/rose/10.webp"),
    placed(await png("#ff0000"), "flowers/rose/2.png"),
    placed(await png("#0000ff", 6, 4, "image/jpeg"), "flowers/aster/1.jpg"),
    placed("words", "flowers/readme.txt"),
  ];
  const set = await fromFiles(files);
  const made = loader(set, { batch: 2 });
  const batches: unknown[] = [];
  for await (const { feeds } of made.epoch()) {
    batches.push({ x: [...feeds.x].map((value) => Math.round(10 * value) / 10), y: [...feeds.y], weight: [...feeds.weight] });
  }
  const bitmaps = await Promise.all(["#ffffff", "#000000"].map(async (colour) => createImageBitmap(await png(colour))));
  const drawn = await fromBitmaps(bitmaps, { labels: ["white", "black"], size: 2, channels: 1 });
  const table = await fromTable(
    "file,age\n2.png,7\n",
    { x: { picture: "file", size: 2 }, age: { numbers: "age" } },
    (path, where) => fileSource(new File([files[1]], path), where),
    "t.csv",
  );
  return {
    classes: set.classes,
    where: Array.from({ length: set.size }, (_, i) => set.where(i)),
    shape: set.fields.x.shape,
    batches,
    drawn: [drawn.classes, [...drawn.labels()], [...(await drawn.get(0)).x]],
    table: [...(await table.get(0)).x, ...(await table.get(0)).age],
    loose: (await fromFiles([new File([files[1]], "a.png")])).classes,
    refused: [
      await messageOf(fromFiles([placed("", "f/a/1.png"), placed("GIF89a", "f/a/2.png")])),
      await messageOf(fromFiles([placed("text", "f/a/1.txt")])),
      await messageOf(Promise.resolve((await fromFiles([placed((await png("#fff")).slice(0, 60), "f/a/1.png")])).get(0))),
    ],
  };
}
