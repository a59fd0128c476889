/** The mean and the standard deviation of the pictures of a data set, which `mean` and `std` of its field are for. */

import type { DataSet } from "./types.ts";

/** Of each channel, over all pixels of the first `most` samples (default 1000): the values lie in 0..1. */
export async function pictureStatistics(set: DataSet, field = "x", most = 1000): Promise<{ mean: number[]; std: number[] }> {
  const { shape, picture } = set.fields[field] ?? {};
  if (!shape || !picture) throw new RangeError(`${field} is no picture field of the data set`);
  const [channels, ...extents] = shape;
  const pixels = extents.reduce((product, extent) => product * extent, 1);
  const count = Math.min(most, set.size);
  const [sums, squares] = [new Float64Array(channels), new Float64Array(channels)];
  for (let i = 0; i < count; i++) {
    const { [field]: values } = await set.get(i);
    values.forEach((value: number, at: number) => {
      const channel = Math.floor(at / pixels);
      sums[channel] += value;
      squares[channel] += value * value;
    });
  }
  const mean = Array.from(sums, (sum) => sum / (count * pixels));
  return { mean, std: mean.map((value, channel) => Math.sqrt(Math.max(0, squares[channel] / (count * pixels) - value * value))) };
}
