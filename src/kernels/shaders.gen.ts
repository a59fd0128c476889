// Made from shaders/ by `npm run shaders`; do not edit.

/** Every shader source, by its path without the extension. */
export const SHADERS = {
} as const;

export type ShaderName = keyof typeof SHADERS;
