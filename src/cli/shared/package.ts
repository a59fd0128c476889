/** Version and description, from package.json. */

import { readFileSync } from "node:fs";

interface PackageFile {
  readonly version: string;
  readonly description: string;
}

/** From src/cli as from dist/cli, the package's own file is two folders up. */
export const PACKAGE = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8")) as PackageFile;
