/** Which of the known names a mistaken one probably was. */
import { closestMatch } from "leven";

/** What carries a name; case, hyphens and blanks are what people mix up. */
const plain = (name: string): string => name.toLowerCase().replaceAll(/[^\p{L}\p{N}+]/gu, "");

/** The nearest known name, at most a third of the letters away (gradcam: grad-cam); null if none is. */
export function similarName(name: string, known: readonly string[]): string | null {
  const wanted = plain(name);
  if (wanted === "") return null;
  const forms = known.map(plain);
  const nearest = closestMatch(wanted, forms, { maxDistance: Math.floor(wanted.length / 3) });
  return nearest === undefined ? null : known[forms.indexOf(nearest)];
}

/** For the end of a message about an unknown name: "; did you mean b? There are a, b" or "; there are a, b" */
export function knownNames(name: string, known: readonly string[]): string {
  const found = similarName(name, known);
  return `${found === null ? "; there" : `; did you mean ${found}? There`} are ${known.join(", ")}`;
}
