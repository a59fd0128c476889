/** Reports: figures as data, drawn into self-contained HTML pages and alone as SVG; as PNG by `intarsia/report/node` and `intarsia/report/browser`. */
export type { Theme } from "./draw/palette.ts";
export { figureHtml } from "./figure.ts";
export { base64, escapeHtml, pngSource } from "./html.ts";
export { numberText } from "./numbers.ts";
export { type HtmlBlock, page, type PageOptions, type ReportBlock, type ReportSection } from "./page.ts";
export { pictureSource, pngImage } from "./pictures.ts";
export { type CurvePoints, overSeeds } from "./seeds.ts";
export { figuresSvg, type FiguresSvgOptions, figureSvg, type SvgOptions } from "./svg.ts";
export type {
  BarsFigure,
  ConfusionFigure,
  PlotLine,
  CurvePoint,
  CurvesFigure,
  Described,
  Figure,
  FigureAxis,
  FigureBar,
  FigureImage,
  HeatFigure,
  ImagesFigure,
  NumberFormat,
  ScatterFigure,
  TableCell,
  TableColumn,
  TableFigure,
} from "./types.ts";
