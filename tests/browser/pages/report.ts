/** What report.test.ts asks of a page: a figure as SVG, and as PNG in base64. */
import { figurePngInPage } from "../../../src/report/browser.ts";
import { type Figure, figureSvg } from "../../../src/report/index.ts";

async function drawn(figure: Figure): Promise<[svg: string, png: string]> {
  const png = new Uint8Array(await (await figurePngInPage(figure)).arrayBuffer());
  return [figureSvg(figure, { outlines: true }), btoa(String.fromCharCode(...png))];
}

Object.assign(globalThis, { drawn });
