/** Which Vulkan drivers are installed, by the loader's own rules. */

import { readdir } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/**
 * True unless this is Linux and no driver announces itself by a manifest where the Vulkan loader looks.
 * Source: https://github.com/KhronosGroup/Vulkan-Loader/blob/main/docs/LoaderDriverInterface.md (driver discovery on Linux).
 */
export async function hasVulkanDriver(): Promise<boolean> {
  if (process.platform !== "linux") return true;
  const { env } = process;
  if (env.VK_DRIVER_FILES || env.VK_ICD_FILENAMES || env.VK_ADD_DRIVER_FILES) return true;
  const roots = [
    env.XDG_CONFIG_HOME || join(homedir(), ".config"),
    ...list(env.XDG_CONFIG_DIRS, "/etc/xdg"),
    "/usr/local/etc",
    "/etc",
    env.XDG_DATA_HOME || join(homedir(), ".local/share"),
    ...list(env.XDG_DATA_DIRS, "/usr/local/share:/usr/share"),
    "/usr/local/share",
    "/usr/share",
  ];
  const folders = await Promise.all(roots.map((root) => readdir(join(root, "vulkan", "icd.d")).catch(() => [])));
  return folders.flat().some((name) => name.endsWith(".json"));
}

function list(variable: string | undefined, fallback: string): string[] {
  return (variable || fallback).split(delimiter).filter(Boolean);
}
