/** What a run is known by: its config, seed included, the content of its data, and the runs that it needs. Never the commit, the machine or the time. */
import type { Settings } from "../data/settings/index.ts";
import type { CellSpec, TableJob } from "./types.ts";

export interface JobIdentity {
  readonly study: string;
  readonly config: Settings;
  /** Hash by name. */
  readonly data: Readonly<Record<string, string>>;
  /** Key by name. */
  readonly needs: Readonly<Record<string, string>>;
}

export interface CellIdentity {
  readonly job: JobIdentity;
  readonly measure: string;
}

export async function jobIdentity({ study, config, data, needs = {} }: TableJob): Promise<JobIdentity> {
  const hashes = await Promise.all(data.map(async (source) => [source.name, await source.hash()] as const));
  const keys = await Promise.all(Object.entries(needs).map(async ([name, job]) => [name, await jobKey(job)] as const));
  return { study, config, data: Object.fromEntries(hashes), needs: Object.fromEntries(keys) };
}

export const cellIdentity = async ({ job, measure }: CellSpec): Promise<CellIdentity> => ({ job: await jobIdentity(job), measure });

/** `mil-0f3a...`: the study, and 12 hexadecimal digits. */
export async function jobKey(job: TableJob): Promise<string> {
  const text = canonicalJson(await jobIdentity(job));
  return `${job.study}-${(await sha256Hex(new TextEncoder().encode(text))).slice(0, 12)}`;
}

/** JSON of plain values; equal values give equal text, in whatever order their settings were said. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${canonicalJson(one)}`).join(",")}}`;
}

/** SHA-256 in hexadecimal. */
export async function sha256Hex(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** One hash of several runs of bytes, in their order: 16 hexadecimal digits. */
export async function contentHash(parts: readonly Uint8Array<ArrayBuffer>[]): Promise<string> {
  const hashes = await Promise.all(parts.map(sha256Hex));
  return (await sha256Hex(new TextEncoder().encode(hashes.join(" ")))).slice(0, 16);
}
