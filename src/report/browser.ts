/** Figures as PNG files in pages: the browser draws them on a canvas. Letters are outlines, as in Node. */
import { figureSvg, type SvgOptions } from "./svg.ts";
import type { Figure } from "./types.ts";

export interface PagePngOptions extends Omit<SvgOptions, "outlines"> {
  /** Pixels of the picture per CSS pixel. Default: 2. */
  readonly scale?: number;
}

/** A PNG file, for instance for a link that is clicked. Needs a document: not in workers. */
export async function figurePngInPage(figure: Figure, { scale = 2, ...options }: PagePngOptions = {}): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(figureSvg(figure, { ...options, outlines: true }))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(scale * image.naturalWidth);
  canvas.height = Math.round(scale * image.naturalHeight);
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new RangeError(`a picture of ${canvas.width} x ${canvas.height} pixels is too large`))),
      "image/png",
    );
  });
}
