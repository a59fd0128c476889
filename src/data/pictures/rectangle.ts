/** A part of a picture. */

/** In pixels from the picture's upper left corner; it may reach beyond the picture. */
export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}
