/**
 * `openDevice({ debug })`, or INTARSIA_DEBUG in Node: every program that is compiled on the device says what it was compiled to, and where its
 * time goes. One or more of these, separated by commas:
 *
 *     plan              each program's plan, when it is compiled
 *     profile           each program's profile, after its first 10 runs; earlier if it is disposed or its device is closed before
 *     profile=100       the same after 100 runs
 *     plan:NAME, profile:NAME, profile=100:NAME      only of programs whose name holds NAME
 */
import { DeviceError } from "./errors.ts";

/** What is asked of programs, each by its name. */
export interface Debug {
  /** Is its plan to be printed? */
  plan(program: string): boolean;
  /** How many of its first runs are timed for its profile; 0: none is wanted. */
  profiledRuns(program: string): number;
  /** One text, ended by a newline: to standard error in Node, to the console in a browser. */
  print(text: string): void;
}

interface Request {
  readonly what: "plan" | "profile";
  readonly runs: number;
  readonly name: string;
}

const DEFAULT_RUNS = 10;
const REQUEST = /^(plan|profile(?:=([1-9]\d{0,5}))?)(?::(.+))?$/;

/**
 * null for an empty text.
 * @throws DeviceError of kind "option" that begins with `source` ("INTARSIA_DEBUG", "debug"), for what is none of the above.
 */
export function parseDebug(text: string, source: string): Debug | null {
  const requests = text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map((part) => parseRequest(part, source));
  if (requests.length === 0) return null;
  const asked = (what: Request["what"], program: string): Request | undefined =>
    requests.find((request) => request.what === what && program.includes(request.name));
  return {
    plan: (program) => asked("plan", program) !== undefined,
    profiledRuns: (program) => asked("profile", program)?.runs ?? 0,
    print: (text) => console.error(text),
  };
}

function parseRequest(part: string, source: string): Request {
  const [, what, runs = String(DEFAULT_RUNS), name = ""] = REQUEST.exec(part) ?? [];
  if (what === undefined)
    throw new DeviceError(
      "option",
      `${source}: "${part}" is unknown; it takes plan, profile or profile=RUNS, each with :NAME for programs whose name holds NAME, separated by commas`,
    );
  return { what: what === "plan" ? "plan" : "profile", runs: Number(runs), name };
}
