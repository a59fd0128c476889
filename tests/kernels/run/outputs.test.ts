/** Outputs by name: what `call` and `read` give has the names that `compile` was given, and the shape of each; a misspelt one is no type. */
import { openDevice } from "#open-device";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { add, argmax, input, type Node, reshape, type Shape, sum, transpose, variable } from "../../../src/graph/index.ts";
import { compile, type Program, type Values } from "../../../src/kernels/index.ts";

const device = await openDevice();
test.after(() => device.close());

const x = input("x", [2, 3]);
const spec = { name: "outputs", outputs: { loss: sum(x), logits: add(x, 1), best: argmax(x, 1) } };
const feeds = { x: [1, 5, 3, 6, 2, 4] };

/** Never called: `npm run check` compiles it, and every expected error has to be one. */
export async function types(): Promise<void> {
  const program = await compile(device, spec);
  const found = await program.call(feeds);
  const values: readonly [Values, Shape] = [found.loss, found.logits.shape];
  // @ts-expect-error: misspelt
  found.los;
  // @ts-expect-error: there is none of that name
  await program.read("accuracy");
  // @ts-expect-error: nor here
  await program.call(feeds, { read: ["loss", "logit"] });
  const some = await program.call(feeds, { read: ["loss"] });
  // @ts-expect-error: it was not asked for
  some.logits;
  // @ts-expect-error: not every output is a node
  await compile(device, { name: "numbers", outputs: { loss: 1 } });
  // @ts-expect-error: a program without outputs has none to read
  await (await compile(device, { name: "none", outputs: {} })).read("loss");
  const narrow: Program<"loss" | "logits" | "best"> = program;
  const wide: Program = narrow;
  // Names that are known only at run time.
  const outputs: Readonly<Record<string, Node>> = spec.outputs;
  const open: Program = await compile(device, { name: "open", outputs });
  const any: Values = (await open.call(feeds)).whatever;
  // @ts-expect-error: a shape is not written
  found.loss.shape = [1];
  void [values, wide, any];
}

test("call gives every output with its shape, or those that are asked for", async () => {
  const program = await compile(device, spec);
  const { loss, logits, best } = await program.call(feeds);
  assert.equal([loss.shape, logits.shape, best.shape], [[], [2, 3], [2]]);
  assert.equal([[...loss], [...logits], [...best]], [[21], [2, 6, 4, 7, 3, 5], [1, 0]]);
  assert.instance(loss, Float32Array);
  assert.instance(best, Int32Array);
  assert.equal(Object.keys(await program.call(feeds, { read: ["best"] })), ["best"]);
  assert.equal((await program.read("logits")).shape, [2, 3]);
  program.dispose();
});

test("views of one tensor, and variables, have shapes of their own", async () => {
  const n = variable("n", [3]);
  const y = add(x, n);
  const outputs = { y, flat: reshape(y, [6]), turned: transpose(y), n, scalar: reshape(sum(y), [1, 1]), total: sum(y) };
  const program = await compile(device, { name: "views", outputs });
  const found = await program.call(feeds);
  for (const [name, node] of Object.entries(outputs)) {
    const { shape, length } = found[name as keyof typeof outputs];
    assert.equal(shape, node.shape, name);
    assert.is(
      length,
      node.shape.reduce((a, b) => a * b, 1),
      name,
    );
    assert.equal((await program.read(name as keyof typeof outputs)).shape, node.shape, name);
  }
  assert.equal([...found.turned], [1, 6, 5, 2, 3, 4]);
  program.dispose();
});

test("the shape is no element and no key: values compare, list and copy as they always did", async () => {
  const program = await compile(device, spec);
  const { logits } = await program.call(feeds);
  assert.equal(logits, Float32Array.of(2, 6, 4, 7, 3, 5));
  assert.equal(Object.keys(logits), ["0", "1", "2", "3", "4", "5"]);
  assert.equal(structuredClone(logits), Float32Array.of(2, 6, 4, 7, 3, 5));
  program.dispose();
});

test.run();
