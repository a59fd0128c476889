/**
 * Measures the forms of each kernel that a program has a choice of, on the device at hand: op by op, in programs of their own, so that one
 * measurement serves every program with the same structure.
 */
import { broadcastTo, input } from "../../graph/index.ts";
import { type Node, remake } from "../../graph/node.ts";
import type { Device } from "../../runtime/device.ts";
import { operand } from "../common/nodes.ts";
import { prepare, type ProgramSpec } from "../compile/prepare.ts";
import { compile, type Program } from "./program.ts";
import type { Choice, Variants } from "../common/variants.ts";

export interface Measured {
  readonly key: string;
  readonly taken: string;
  /** What would have been taken without measuring. */
  readonly rule: string;
  /** Form -> median milliseconds. What fell far behind at once was not measured again. */
  readonly milliseconds: Readonly<Record<string, number>>;
}

export interface TuneOptions {
  /** Measured before: those keys are left as they are. */
  readonly known?: Variants;
  /** Measurements of each form. Default: 5. */
  readonly runs?: number;
  readonly onMeasured?: (measured: Measured, done: number, all: number) => void;
  readonly signal?: AbortSignal;
}

/** A form has to be this much faster than the rule's: less is noise. */
const GAIN = 0.05;
/** After the first measurement only forms within this factor of the best stay. */
const CONTENDERS = 1.6;

/** `known`, and a form for each other choice of the program. */
export async function tuneProgram(device: Device, spec: ProgramSpec, options: TuneOptions = {}): Promise<Variants> {
  const table: Record<string, string> = { ...options.known };
  const seen = new Set<string>();
  const choicesOf = (of: ProgramSpec): Choice[] => [...prepare(of, device).choices.values()];
  let done = 0;
  const settle = async (choice: Choice, all: number): Promise<void> => {
    if (seen.has(choice.key) || Object.hasOwn(table, choice.key)) return;
    seen.add(choice.key);
    const alone = (form: string): ProgramSpec => ({
      name: `tuning ${choice.key}: ${form}`,
      outputs: { y: isolated(choice.node) },
      variants: { ...table, [choice.key]: form },
    });
    const forms = choice.forms.filter((form) => choicesOf(alone(form)).some(({ key, taken }) => key === choice.key && taken === form));
    if (forms.length < 2) return;
    // A form may itself be made of kernels with a choice, as a convolution of products: those are settled first.
    for (const form of forms) for (const inner of choicesOf(alone(form))) await settle(inner, all);
    const milliseconds = await race(
      device,
      forms.map((form) => [form, alone(form)] as const),
      options,
    );
    const taken = bestOf(forms, milliseconds);
    table[choice.key] = taken;
    options.onMeasured?.({ key: choice.key, taken, rule: forms[0], milliseconds }, ++done, all);
  };
  const choices = choicesOf({ ...spec, variants: table });
  for (const choice of choices) await settle(choice, choices.length);
  return table;
}

export function bestOf(forms: readonly string[], milliseconds: Readonly<Record<string, number>>): string {
  const [rule] = forms;
  const fastest = forms.reduce((best, form) => (milliseconds[form] < milliseconds[best] ? form : best), rule);
  return milliseconds[fastest] < (1 - GAIN) * milliseconds[rule] ? fastest : rule;
}

/** Each form's median time, measured in turn, so that whatever else the machine does meets all of them. */
async function race(
  device: Device,
  specs: readonly (readonly [string, ProgramSpec])[],
  { runs = 5, signal }: TuneOptions,
): Promise<Record<string, number>> {
  const programs: [string, Program][] = [];
  const times = new Map<string, number[]>(specs.map(([form]) => [form, []]));
  const measure = async (form: string, program: Program): Promise<void> => {
    const rows = await program.profile(1);
    times.get(form)?.push(rows.reduce((sum, row) => sum + row.milliseconds, 0));
  };
  try {
    for (const [form, spec] of specs) programs.push([form, await compile(device, { ...spec, signal })]);
    // The first run compiles what the driver put off.
    for (const [, program] of programs) await program.profile(1);
    for (const [form, program] of programs) await measure(form, program);
    const first = Math.min(...specs.map(([form]) => medianOf(times.get(form) as number[])));
    const rest = programs.filter(([form], i) => i === 0 || medianOf(times.get(form) as number[]) <= CONTENDERS * first);
    for (let run = 1; run < runs && rest.length > 1; run++)
      for (const [form, program] of rest) {
        signal?.throwIfAborted();
        await measure(form, program);
      }
  } finally {
    for (const [, program] of programs) program.dispose();
  }
  return Object.fromEntries([...times].map(([form, list]) => [form, medianOf(list)]));
}

const medianOf = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1];

/** The op by itself, its inputs fed. A matrix that serves a whole batch still does. */
function isolated(node: Node): Node {
  const inputs = node.inputs.map((x, i) => {
    const from = operand(node, x);
    const fed = input(`x${i}`, [...from.shape], x.dtype);
    return from === x ? fed : broadcastTo(fed, x.shape);
  });
  return remake(node, { inputs, name: "" });
}
