/** The photographs among Debian's wallpapers (the others are drawn), without those that show flowers or animals. */

import type { DebianSource, SourceFolder } from "../types.ts";

export const CUTOUTS: DebianSource = { kind: "debian", name: "tuxpaint-stamps-default", root: "usr/share/tuxpaint/stamps", megabytes: 161 };

const PLASMA: DebianSource = { kind: "debian", name: "plasma-workspace-wallpapers", root: "usr/share/wallpapers", megabytes: 94 };
const MATE: DebianSource = { kind: "debian", name: "mate-backgrounds", root: "usr/share/backgrounds/mate", megabytes: 47 };

/** Both packages are under the GPL, version 2 or later, as the cut-outs are. */
export const WALLPAPERS: readonly DebianSource[] = [PLASMA, MATE];

const inPlasma = (...names: readonly string[]): string[] => names.map((name) => `${name}/contents/images/2560x1600.jpg`);

const PHOTOGRAPHS: ReadonlyMap<DebianSource, readonly string[]> = new Map([
  [
    PLASMA,
    [
      ...inPlasma("BytheWater", "ColdRipple", "ColorfulCups", "DarkestHour", "EveningGlow", "FallenLeaf"),
      ...inPlasma("Grey", "Kite", "OneStandsOut", "Path", "summer_1am"),
    ],
  ],
  [MATE, ["Aqua", "Blinds", "Dune", "GreenMeadow", "RainDrops", "Storm", "Wood"].map((name) => `nature/${name}.jpg`)],
]);

/** A photograph that is there: its package and its path in it. */
export interface Photograph {
  readonly source: string;
  readonly file: string;
}

/** Those of the photographs that the sources hold. */
export const photographsIn = (folders: Readonly<Record<string, SourceFolder>>): Photograph[] =>
  [...PHOTOGRAPHS].flatMap(([{ name }, files]) => {
    const there = new Set(folders[name].files);
    return files.filter((file) => there.has(file)).map((file) => ({ source: name, file }));
  });
