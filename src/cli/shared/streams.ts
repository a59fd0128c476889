/** Standard output and standard error that are closed or full: the command goes on with its work, whose files matter more. */
import { reasonOf } from "../../data/node/index.ts";

/** What a pipe says whose reader has gone: `intarsia models | head -1`. */
const CLOSED = ["EPIPE", "EOF", "ERR_STREAM_DESTROYED", "ECONNRESET"];

/**
 * From now on a pipe that was closed ends quietly. Any other failure (a full disk below `> file`) is told once on standard error, and the
 * command ends with 2, unless it ends with something worse.
 */
export function keepGoing({ stdout, stderr }: Pick<NodeJS.Process, "stdout" | "stderr"> = process): void {
  let failed = false;
  const watch = (stream: NodeJS.WriteStream, tell: (error: NodeJS.ErrnoException) => void): void => {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (CLOSED.includes(error.code ?? "")) return;
      if (!failed) tell(error);
      failed = true;
    });
  };
  watch(stdout, (error) => stderr.write(`intarsia: cannot write standard output: ${reasonOf(error)}\n`));
  watch(stderr, () => {});
  process.on("exit", () => {
    if (failed && !process.exitCode) process.exitCode = 2;
  });
}
