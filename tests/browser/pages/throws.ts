/** Fails. */
export function main(): never {
  throw new Error("the page's own words");
}
