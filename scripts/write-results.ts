/** `npm run results`: renders the parts of the documents that show committed results. */
import { readFileSync, writeFileSync } from "node:fs";
import { documents, rendered } from "./results.ts";

for (const name of documents()) {
  const text = readFileSync(name, "utf8");
  const fresh = rendered(text);
  if (fresh === text) continue;
  writeFileSync(name, fresh);
  console.log(`${name}: written`);
}
