/** Small helpers for a page that is written as text. */

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** What XML cannot hold: control characters but for white space, halves of pairs. */
const FORBIDDEN = /[^\P{Cc}\t\n\r]|\p{Cs}|[\uFFFE\uFFFF]/gu;

/** Text, escaped for an element or a quoted attribute of HTML and XML. */
export const escapeHtml = (text: string): string =>
  text.replaceAll(FORBIDDEN, "\uFFFD").replaceAll(/[&<>"]/g, (character) => ENTITIES[character]);

const CHARACTERS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(ENTITIES).map(([character, entity]) => [entity, character]),
);

/** The text that `escapeHtml` escaped. */
export const unescapeHtml = (text: string): string => text.replaceAll(/&(amp|lt|gt|quot);/g, (entity) => CHARACTERS[entity]);

/** A coordinate: at most two decimals. */
export const px = (value: number): string => String(Number(value.toFixed(2)));

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Bytes as base64 text (RFC 4648), without help from the platform. */
export function base64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const word = (bytes[at] << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    const characters = [18, 12, 6, 0].map((shift) => BASE64[(word >> shift) & 63]);
    const used = Math.min(3, bytes.length - at) + 1;
    text += characters.slice(0, used).join("") + "=".repeat(4 - used);
  }
  return text;
}

/** A PNG file as the source of an image. */
export const pngSource = (bytes: Uint8Array): string => `data:image/png;base64,${base64(bytes)}`;
