/**
 * Which cut-outs of Tux Paint's stamps are photographs, and of what. Paths are below `stamps/` in Debian's package tuxpaint-stamps-default,
 * version 2022.06.04; drawings are left out.
 */

/** The PNG files of the folders, without those in folders below them, and `also`, without `except`. Paths without `.png`. */
interface Kind {
  readonly folders: readonly string[];
  readonly also?: readonly string[];
  readonly except?: readonly string[];
}

const MAMMALS = "animals/mammals";
const inside = (folder: string, ...names: readonly string[]): string[] => names.map((name) => `${folder}/${name}`);

export const KINDS: Readonly<Record<string, Kind>> = {
  bird: { folders: ["animals/birds"] },
  hoofed: {
    folders: inside(MAMMALS, "bovines", "camel", "deer", "equines"),
    also: inside(MAMMALS, "giraffe", "pig", "pig_golden", "pig_golden2", "wildboar"),
  },
  predator: { folders: inside(MAMMALS, "bears", "cats", "dogs"), also: inside(MAMMALS, "badger", "ferret", "aquatic/otter") },
  /** With the rabbits, which the package counts among them. */
  rodent: { folders: [`${MAMMALS}/rodents`], also: [`${MAMMALS}/rabbit_little`] },
  fish: { folders: ["animals/fish"], except: inside("animals/fish", "lobster", "shrimp") },
  insect: { folders: ["animals/insects"], except: inside("animals/insects", "Brown_slug", "Woodlouse", "bee") },
  flower: { folders: ["plants/flowers"] },
  fruit: { folders: ["food/fruit"] },
  vegetable: { folders: ["food/vegetables"] },
  vehicle: {
    folders: inside("vehicles", "auto", "construction", "cycle", "emergency", "flight", "flight/planes", "masstransit", "race", "ship"),
    also: ["vehicles/garbagetruck"],
    except: inside("vehicles/emergency", "sedan_police", "sedan_police_mirror"),
  },
  tool: { folders: ["household/tools"] },
  coin: { folders: inside("symbols/money", "canadian/coins", "euro/coins", "us/coins", "japanese") },
  instrument: { folders: inside("hobbies/music", "brass", "percussion", "string", "wind") },
};

/** At least nine individuals each, and no thing that belongs to two of them. */
export const USUAL_KINDS: readonly string[] = ["bird", "fish", "flower", "fruit", "hoofed", "predator", "vegetable", "vehicle"];

/** Kinds whose cut-outs are distractors where they are not asked for themselves. */
export const DISTRACTING_KINDS: readonly string[] = ["coin", "instrument", "tool"];

/** What distracts besides. */
export const DISTRACTORS: Kind = {
  folders: ["household", "household/dishes", "hobbies", "food/nuts", "plants/mushrooms", "space", "sports"],
  also: [
    ...inside("household/arttools", "pen_dryerase", "scissors_small_open"),
    ...inside("household/dishes/utensils", "nutcracker", "pepper_grinder"),
    ...inside("clothes", "clothespin_new", "clothespin_old"),
    ...inside("medical", "stethoscope", "syringe"),
    ...inside("space/planets", "2_venus", "3_earth", "4_mars", "5_jupiter", "6_saturn"),
    "town/monuments/inukshuk-photo",
  ],
  except: ["household/dishes/glass", "household/dishes/mug", "sports/rugby_goal_posts"],
};

/** Pictures of one animal or thing. They stay together when data are split. */
const SAME: readonly (readonly string[])[] = [
  inside(`${MAMMALS}/bovines`, "gnu-baby", "gnu-baby-stand"),
  inside(`${MAMMALS}/bovines`, "gnu-sitting", "gnu-stand"),
  inside(MAMMALS, "pig_golden", "pig_golden2"),
  inside("animals/birds", "heron_greatblue", "heron_greatblue_flying"),
  inside("plants/mushrooms", "cep", "cep-1", "cep-2"),
  inside("food/fruit", "apple_green", "apple_red"),
  inside("food/vegetables", "garlic", "garlics"),
];

/** The files of a kind among `files` (with `.png`), in their order. */
export function cutoutsOf({ folders, also = [], except = [] }: Kind, files: readonly string[]): string[] {
  return files.filter((file) => {
    if (!file.endsWith(".png")) return false;
    const name = file.slice(0, -4);
    if (except.includes(name)) return false;
    return also.includes(name) || folders.includes(name.slice(0, Math.max(0, name.lastIndexOf("/"))));
  });
}

/** What a file shows: the same text for two files of one animal or thing. `_mirror` files are the mirrored picture itself. */
export function individualOf(file: string): string {
  const name = file.replace(/\.png$/, "").replace(/_mirror$/, "");
  return SAME.find((group) => group.includes(name))?.[0] ?? name;
}
