/** The text of src/kernels/wgsl/shaders.gen.ts, made from shaders/: pure but for reading the folder. */
import { readdirSync, readFileSync } from "node:fs";

export const SHADER_MODULE = "src/kernels/wgsl/shaders.gen.ts";

/** Paths of all .wgsl files below `folder`, relative to it, in code-point order. */
export function shaderFiles(folder = "shaders"): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".wgsl"))
    .sort((a, b) => (a < b ? -1 : 1));
}

/** `shaders/lib/math.wgsl` -> `SHADERS["lib/math"]`; the same files always give the same bytes. */
export function shaderModule(folder = "shaders"): string {
  const entries = shaderFiles(folder).map((path) => {
    const text = readFileSync(`${folder}/${path}`, "utf8").replaceAll("\r\n", "\n");
    const literal = text.replaceAll("\\", "\\\\").replaceAll("`", "\\`").replaceAll("${", "\\${");
    return `  ${JSON.stringify(path.slice(0, -".wgsl".length))}: \`${literal}\`,\n`;
  });
  return [
    "// Made from shaders/ by `npm run shaders`; do not edit.\n\n",
    "/** Every shader source, by its path without the extension. */\n",
    `export const SHADERS = {\n${entries.join("")}} as const;\n\n`,
    "export type ShaderName = keyof typeof SHADERS;\n",
  ].join("");
}
