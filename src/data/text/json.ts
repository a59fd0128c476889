/** What JSON.parse lets pass. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** The index after the string that begins at `at`. */
function stringEnd(json: string, at: number): number {
  let end = at + 1;
  while (json.charCodeAt(end) !== QUOTE) end += json.charCodeAt(end) === BACKSLASH ? 2 : 1;
  return end + 1;
}

/**
 * A key that an object of this JSON text holds twice (JSON.parse silently keeps the last one), or null.
 * @param json text that JSON.parse accepts
 */
export function findDuplicateKey(json: string): string | null {
  const open: (Set<string> | null)[] = []; // for each bracket that is open: the keys of an object, or null for an array
  for (let at = 0; at < json.length; at += 1) {
    const c = json[at];
    if (c === "{") open.push(new Set());
    else if (c === "[") open.push(null);
    else if (c === "}" || c === "]") open.pop();
    else if (c === '"') {
      const end = stringEnd(json, at);
      let next = end;
      while (" \t\n\r".includes(json[next] ?? "x")) next += 1;
      if (json[next] === ":") {
        const keys = open.at(-1);
        const key: string = JSON.parse(json.slice(at, end));
        if (keys?.has(key)) return key;
        keys?.add(key);
      }
      at = end - 1;
    }
  }
  return null;
}
