/** `npm run shaders`: bundles shaders/ into one TypeScript module, since a browser bundle reads no files. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { SHADER_MODULE, shaderFiles, shaderModule } from "./shader-source.ts";

const text = shaderModule();
const stale = !existsSync(SHADER_MODULE) || readFileSync(SHADER_MODULE, "utf8") !== text;
if (stale) writeFileSync(SHADER_MODULE, text);
console.log(`${SHADER_MODULE}: ${shaderFiles().length} shaders, ${stale ? "written" : "fresh"}`);
