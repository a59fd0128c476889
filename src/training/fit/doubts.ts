/** Why data may not suit a task: fields that differ, labels without a place in the answer. */
import { UserError } from "../../data/index.ts";
import type { Node } from "../../graph/index.ts";
import type { Feeds } from "../../kernels/index.ts";
import type { InputFields } from "../tasks/step.ts";

/** Refuses a data set whose fields `keys` are not as the networks take them. UserError that begins with `what`. */
export function checkFields(found: InputFields, expected: InputFields, keys: ReadonlySet<string>, what: string): void {
  for (const [name, field] of Object.entries(expected).filter(([key]) => keys.has(key))) {
    const wanted = describe(field);
    if (!Object.hasOwn(found, name))
      throw new UserError(`${what}: there is no field ${name} (${wanted}); there are ${Object.keys(found).join(", ") || "none"}`);
    const is = describe(found[name]);
    if (is !== wanted) throw new UserError(`${what}: ${name} is ${is}, but the networks take ${wanted}`);
  }
}

const describe = ({ shape, dtype, bag }: InputFields[string]): string => `${bag ? "bags of " : ""}${dtype} [${shape.join(", ")}]`;

/** Padding's usual number: `crossEntropy` ignores it. */
const IGNORED = -100;

/** What in a batch may be the reason of a loss that is not finite; undefined: nothing that can be seen. `outputs`: [N, C, ...], of the task. */
export function batchDoubt(feeds: Feeds, fields: InputFields, outputs: Readonly<Record<string, Node>>): string | undefined {
  const places = Math.max(0, ...Object.values(outputs).map(({ shape }) => shape[1] ?? 0));
  for (const [name, { dtype, shape, bag }] of Object.entries(fields)) {
    const values = feeds[name];
    if (values === undefined) continue;
    if (bag || dtype === "f32" || shape.length > 0 || places === 0) continue;
    const labels = Array.from(values as ArrayLike<number>).filter((label) => label !== IGNORED);
    const [least, most] = [Math.min(...labels), Math.max(...labels)];
    if (least < 0 || most >= places)
      return `${name} holds labels from ${least} to ${most}, and the largest answer has places for 0 to ${places - 1}`;
  }
  return undefined;
}
