/** Standard output or standard error is closed or full: the command still finishes, because its files matter more. */
import { reasonOf } from "../../data/node/index.ts";

/** Error codes of a pipe whose reader has ended: `intarsia models | head -1`. */
const CLOSED = ["EPIPE", "EOF", "ERR_STREAM_DESTROYED", "ECONNRESET"];

/**
 * From now on a closed pipe is no error. Any other failure (a full disk below `> file`) is reported once on standard error, and the
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
