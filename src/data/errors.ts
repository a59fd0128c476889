/**
 * The error for bad input: a file, an option or a value that came from outside and cannot be used.
 * The command line prints its message as one line on standard error and ends with exit code 2.
 */

/** Bad input. The message is one line that says what is wrong, where, and (if it is not obvious) what to do. */
export class UserError extends Error {
  override readonly name = "UserError";
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A value from outside, safe in a message: quoted, on one line, cut to 60 characters. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 59)}…` : text);
}
