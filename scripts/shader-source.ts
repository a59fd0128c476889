/** The text of src/kernels/wgsl/shaders.gen.ts, made from shaders/: pure but for reading the folder. */
import { readdirSync, readFileSync } from "node:fs";

export const SHADER_MODULE = "src/kernels/wgsl/shaders.gen.ts";

/** Statements that several templates share. */
const INCLUDES = "include/";

/** `shaders/lib/math.wgsl` -> `SHADERS["lib/math"]`; the same files always give the same bytes. */
export function shaderModule(folder = "shaders"): string {
  const entries = shaderFiles(folder).map((path) => {
    const literal = bundled(path, folder).replaceAll("\\", "\\\\").replaceAll("`", "\\`").replaceAll("${", "\\${");
    return `  ${JSON.stringify(path.slice(0, -".wgsl".length))}: \`${literal}\`,\n`;
  });
  return [
    "// Made from shaders/ by `npm run shaders`; do not edit.\n\n",
    "/** Every shader source, by its path without the extension. */\n",
    `export const SHADERS = {\n${entries.join("")}} as const;\n\n`,
    "export type ShaderName = keyof typeof SHADERS;\n",
  ].join("");
}

/** Paths of the templates and libraries below `folder`, relative to it, in code-point order. */
export const shaderFiles = (folder = "shaders"): string[] => wgslFiles(folder).filter((path) => !path.startsWith(INCLUDES));

/** Paths of what they include. */
export const includedFiles = (folder = "shaders"): string[] => wgslFiles(folder).filter((path) => path.startsWith(INCLUDES));

/**
 * A file as it is bundled: without the comments at the left edge (sketches, which nobody needs to download), and with the statements of
 * `include/NAME` in place of a line `// include NAME`, indented as that line is.
 */
export function bundled(path: string, folder = "shaders"): string {
  return read(`${folder}/${path}`).replace(/^( *)\/\/ include (\S+)\n/gm, (_, indent: string, name: string) =>
    read(`${folder}/${INCLUDES}${name}`).replace(/^(?=.)/gm, indent),
  );
}

const read = (file: string): string =>
  readFileSync(file, "utf8")
    .replaceAll("\r\n", "\n")
    .replace(/^\/\/.*\n/gm, "");

const wgslFiles = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".wgsl"))
    .sort((a, b) => (a < b ? -1 : 1));
