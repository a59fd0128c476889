/** Whole-number arithmetic of tiles. */

export const ceilDiv = (a: number, b: number): number => Math.ceil(a / b);

/** The smallest power of two that is not less. */
export const nextPowerOfTwo = (extent: number): number => 2 ** Math.ceil(Math.log2(extent));

/** The tile's edge, at most `most`, that covers an extent in equal steps with the least waste. */
export const evenSize = (extent: number, most: number): number => ceilDiv(extent, ceilDiv(extent, most));
