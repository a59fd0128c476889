/** How long a run has taken: what the clock says, and what earlier legs left beside their checkpoints. */
import { CHECKPOINT_FILE } from "./checkpoint.ts";
import type { Host, RunFiles } from "./host.ts";
import { prettyJson, readJson, TIME_FILE } from "./run-files.ts";

/**
 * Runs `run` with a host that writes the run's time down after every checkpoint and at the end, also of an interrupted leg; `seconds()` is the time of
 * all legs so far. What a leg did after its last checkpoint, when it was killed, is not counted. `resume`: an earlier leg's time counts.
 */
export async function timed<T>(host: Host, resume: boolean, run: (host: Host, seconds: () => number) => Promise<T>): Promise<T> {
  const { files } = host;
  const earlier = resume ? await readSeconds(files) : 0;
  const begin = host.now();
  const seconds = (): number => earlier + (host.now() - begin) / 1000;
  const note = (): Promise<void> => files.write(TIME_FILE, prettyJson({ seconds: seconds() }));
  let saved = false;
  const write: RunFiles["write"] = async (name, content) => {
    await files.write(name, content);
    if (name !== CHECKPOINT_FILE) return;
    saved = true;
    await note();
  };
  try {
    const result = await run({ ...host, files: { ...files, write } }, seconds);
    await note();
    return result;
  } catch (error) {
    // Without a checkpoint, a later leg begins anew.
    if (host.signal.aborted && (saved || resume)) await note();
    throw error;
  }
}

/** 0 where nothing, or nothing of sense, is written: the run goes on all the same. */
async function readSeconds(files: RunFiles): Promise<number> {
  const known = await readJson(files, TIME_FILE).catch(() => undefined);
  const { seconds } = (known ?? {}) as { readonly seconds?: unknown };
  return typeof seconds === "number" && Number.isFinite(seconds) && seconds >= 0 ? seconds : 0;
}
