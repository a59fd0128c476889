/** Figures as PNG files in Node: librsvg, which sharp carries, draws them. Letters are outlines, so that no font has to be there. */
import { UserError } from "../data/errors.ts";
import { figureSvg, type SvgOptions } from "./svg.ts";
import type { Figure } from "./types.ts";

export interface PngOptions extends Omit<SvgOptions, "outlines"> {
  /** Pixels of the picture per CSS pixel. Default: 2. */
  readonly scale?: number;
}

/** The bytes of a PNG file. A picture too large for librsvg (32,767 pixels a side): UserError. */
export const figurePng = (figure: Figure, { scale = 2, ...options }: PngOptions = {}): Promise<Uint8Array> =>
  svgPng(figureSvg(figure, { ...options, outlines: true }), { scale });

/** An SVG of `figureSvg` or `figuresSvg` as a PNG file. With `outlines` it is the same on every machine. */
export async function svgPng(svg: string, { scale = 2 }: Pick<PngOptions, "scale"> = {}): Promise<Uint8Array> {
  const { default: sharp } = await import("sharp");
  try {
    return new Uint8Array(
      await sharp(new TextEncoder().encode(svg), { density: 72 * scale, limitInputPixels: false })
        .png()
        .toBuffer(),
    );
  } catch (error) {
    throw new UserError(`a figure does not become a PNG file: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`);
  }
}
