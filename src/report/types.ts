/** What a figure is: data. The same object is drawn into a page, and alone as SVG or PNG. */
import type { Rectangle } from "../data/pictures/rectangle.ts";

/** How a number is written: a d3-format specifier (".1%", ".3f", "~s"), or a function. Default: as many digits as tell its neighbours apart. */
export type NumberFormat = string | ((value: number) => string);

/** What every figure has. */
export interface Described {
  /** One line above the figure. */
  readonly title: string;
  /** What the reader should know or see, below the figure. */
  readonly caption?: string;
  /** The figure in words, for those who do not see it. Default: made of the data. */
  readonly description?: string;
  /** Alone in its row of the page, and twice as wide. */
  readonly wide?: boolean;
}

export interface FigureAxis {
  readonly label?: string;
  /** log: values at and below 0 are left out, and the figure says how many. Default: linear. */
  readonly scale?: "linear" | "log";
  /** The axis reaches at least from here */
  readonly low?: number;
  /** to here. */
  readonly high?: number;
  readonly format?: NumberFormat;
}

/** x, y, and the ends of a band around y. A value that is no finite number (a loss that was lost) leaves a gap. */
export type CurvePoint = readonly [x: number, y: number] | readonly [x: number, y: number, low: number, high: number];

export interface PlotLine {
  readonly name: string;
  /** In the order in which they are joined. */
  readonly points: readonly CurvePoint[];
}

/** Lines over a common x: losses, scores, sweeps. */
export interface CurvesFigure extends Described {
  readonly kind: "curves";
  readonly x?: FigureAxis;
  readonly y?: FigureAxis;
  readonly curves: readonly PlotLine[];
  /** Values of y to compare with, dashed. */
  readonly levels?: readonly { readonly name: string; readonly y: number }[];
}

export interface FigureBar {
  readonly name: string;
  readonly value: number | null;
  /** Ends of its interval. */
  readonly low?: number;
  readonly high?: number;
  /** Bars with the same name and different series stand together, one colour a series. Default: one series without a name. */
  readonly series?: string;
  /** A value to compare with, such as a published one: a diamond. */
  readonly mark?: number;
  /** Behind the bar. Default: the value in the axis' format. */
  readonly text?: string;
}

/** Numbers as bars on one scale that holds 0, each with its interval. */
export interface BarsFigure extends Described {
  readonly kind: "bars";
  readonly value?: Omit<FigureAxis, "scale">;
  readonly bars: readonly FigureBar[];
  /** What the diamonds are. */
  readonly markName?: string;
}

export interface ScatterFigure extends Described {
  readonly kind: "scatter";
  readonly x?: FigureAxis;
  readonly y?: FigureAxis;
  /** One shape and colour each. `names`: what a point is, for the pointer. */
  readonly groups: readonly {
    readonly name: string;
    readonly points: readonly (readonly [x: number, y: number])[];
    readonly names?: readonly string[];
  }[];
  /** The line y = x. */
  readonly diagonal?: boolean;
}

/** A table of numbers as colours. */
export interface HeatFigure extends Described {
  readonly kind: "heat";
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** [rows][columns]; null: there is none. */
  readonly values: readonly (readonly (number | null)[])[];
  readonly rowLabel?: string;
  readonly columnLabel?: string;
  /** diverging: two colours around 0. Default: sequential. */
  readonly colours?: "sequential" | "diverging";
  /** The values of the ends of the colours. Default: those of the data. */
  readonly low?: number;
  readonly high?: number;
  readonly format?: NumberFormat;
}

/** How often each true class was answered as each: rows are the truth. Coloured by the share of the row. */
export interface ConfusionFigure extends Described {
  readonly kind: "confusion";
  readonly classes: readonly string[];
  /** [true class][answer] */
  readonly counts: readonly (readonly number[])[];
}

export interface FigureImage {
  /** A picture as a data URI (`pictureSource`, `pngSource`). */
  readonly source: string;
  /** In pixels. */
  readonly width: number;
  readonly height: number;
  readonly caption?: string;
  /** What is to be seen. Default: the caption. */
  readonly description?: string;
  /** A green or red edge, with a tick or a cross. */
  readonly verdict?: "right" | "wrong";
  /** Drawn over it, stretched to its size: a heat map, a mask. Opacity 0 to 1, default 0.6. */
  readonly overlays?: readonly { readonly source: string; readonly opacity?: number }[];
  /** In its pixels. */
  readonly boxes?: readonly (Rectangle & { readonly name?: string })[];
}

/** Pictures in rows. */
export interface ImagesFigure extends Described {
  readonly kind: "images";
  readonly images: readonly FigureImage[];
  /** In a picture file. Default: about as many as rows. In a page as many as there is room for. */
  readonly columns?: number;
  /** Width of each in CSS pixels. Default: by the pictures' own size, 64 to 200. */
  readonly size?: number;
}

/** Text, a number, nothing, or more than that. */
export type TableCell =
  | string
  | number
  | null
  | {
      /** What sorts and shades it. */
      readonly value?: number | null;
      /** Default: the value in the column's format. */
      readonly text?: string;
      /** Small, after it: "± 0.3". */
      readonly note?: string;
      /** For the pointer, in pages. */
      readonly hint?: string;
      /** The best of its column, for instance. */
      readonly strong?: boolean;
    };

export interface TableColumn {
  readonly name: string;
  /** Over several neighbours with the same group. */
  readonly group?: string;
  /** Default: right where all cells are numbers. */
  readonly align?: "left" | "right";
  readonly format?: NumberFormat;
  /** heat: behind the number a colour, bars: a bar, both by its place between the least and the largest of `shadeWith`. */
  readonly shade?: "heat" | "bars";
  /** Columns with the same name share their least and largest value. Default: the column alone. */
  readonly shadeWith?: string;
}

export interface TableFigure extends Described {
  readonly kind: "table";
  /** Without: names and values, as settings are shown. */
  readonly columns?: readonly TableColumn[];
  readonly rows: readonly (readonly TableCell[])[];
}

export type Figure = CurvesFigure | BarsFigure | ScatterFigure | HeatFigure | ConfusionFigure | ImagesFigure | TableFigure;

/** What is drawn on one area of fixed size: everything but images in rows and tables. */
export type ChartFigure = Exclude<Figure, ImagesFigure | TableFigure>;
