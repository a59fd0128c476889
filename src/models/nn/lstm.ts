/** Long short-term memory (Hochreiter and Schmidhuber, 1997), with PyTorch's parameter names and gate order (i, f, g, o). */
import {
  add,
  concat,
  GraphError,
  iota,
  less,
  matmul,
  mul,
  reshape,
  reverse,
  select,
  sigmoid,
  sliceAxis,
  split,
  stack,
  tanh,
  transpose,
  zeros,
  type Node,
} from "../../graph/index.ts";
import { uniformInit } from "../init.ts";
import type { Params } from "../params.ts";

export interface LstmState {
  /** [B, H] */
  readonly h: Node;
  readonly c: Node;
}

export interface LstmOptions {
  /** H */
  readonly hidden: number;
  readonly layers?: number;
  readonly bidirectional?: boolean;
  readonly bias?: boolean;
  /**
   * [B, L] i32, 0 where a sequence has no element. Such a step keeps the state and outputs 0, so the backward direction begins at each
   * sequence's own end. `lengthMask` makes one for padded sequences; holes are allowed as well.
   */
  readonly mask?: Node;
  /** One state per layer and direction (forward, backward, next layer's forward ...). Default: zeros. */
  readonly initial?: readonly LstmState[];
}

export interface LstmResult {
  /** The last layer's h of every step, the directions side by side: [B, L, directions * H]. */
  readonly output: Node;
  /** The state in which each layer and direction ends: forward after the last step, backward after the first. Order as `initial`. */
  readonly final: readonly LstmState[];
}

/** lengths [B] i32 -> [B, steps] i32: 1 at the first lengths[b] steps of row b. */
export const lengthMask = (lengths: Node, steps: number): Node =>
  less(iota([lengths.shape[0], steps], 1), reshape(lengths, [lengths.shape[0], 1]));

/**
 * x [B, L, F]; per layer and direction weight_ih [4H, F], weight_hh [4H, H], bias_ih, bias_hh [4H], all from U(-1/sqrt(H), 1/sqrt(H)):
 *   [i f g o] = x_t weight_ihT + bias_ih + bias_hh + h weight_hhT;  c' = sigmoid(f) c + sigmoid(i) tanh(g);  h' = sigmoid(o) tanh(c')
 * One matmul projects the inputs of all steps; each step is then one matmul and its gates, for both directions together: the backward
 * direction reads the reversed sequence. Inside, D is the number of directions, and the step is the first axis.
 */
export function lstm(p: Params, x: Node, options: LstmOptions): LstmResult {
  return p.scope(() => {
    const { layers = 1, bidirectional = false, mask, initial } = options;
    const suffixes = bidirectional ? ["", "_reverse"] : [""];
    const D = suffixes.length;
    check(p, x, options, layers * D);
    const [batch, steps] = x.shape;
    const present = mask && reshape(transpose(mask, [1, 0]), [steps, batch, 1]);
    const order = present && inOrder(present, D, 1);
    const final: LstmState[] = [];
    let sequence = transpose(x, [1, 0, 2]);
    for (let layer = 0; layer < layers; layer++) {
      const { projected, weight } = project(
        p,
        sequence,
        suffixes.map((suffix) => `l${layer}${suffix}`),
        options,
      );
      const begin = initial && pack(initial.slice(layer * D, (layer + 1) * D));
      const states = recur(projected, weight, { present: order, initial: begin });
      for (let direction = 0; direction < D; direction++) final.push(pick(states[steps - 1], direction));
      const [forward, backward] = split(
        stack(
          states.map(({ h }) => h),
          0,
        ),
        1,
        Array(D).fill(1),
      ).map((h) => reshape(h, [steps, batch, -1]));
      sequence = backward ? concat([forward, reverse(backward, 0)], 2) : forward;
      if (present) sequence = select(present, sequence, 0);
    }
    return { output: p.tap("", transpose(sequence, [1, 0, 2])), final };
  });
}

/** The part of the gates that does not depend on the state: sequence [L, B, F] -> [L, D, B, 4H]; and weight_hh [D, 4H, H]. */
function project(p: Params, sequence: Node, suffixes: readonly string[], { hidden, bias = true }: LstmOptions) {
  const init = uniformInit(1 / Math.sqrt(hidden));
  const [steps, batch, features] = sequence.shape;
  const D = suffixes.length;
  const made = suffixes.map((suffix) => {
    const variable = (name: string, ...shape: number[]) => p.variable(`${name}_${suffix}`, shape, { init });
    const input = variable("weight_ih", 4 * hidden, features);
    const state = variable("weight_hh", 4 * hidden, hidden);
    return { input, state, bias: bias ? add(variable("bias_ih", 4 * hidden), variable("bias_hh", 4 * hidden)) : null };
  });
  const all = (part: (weights: (typeof made)[number]) => Node): Node => stack(made.map(part), 0);
  const inputs = reshape(inOrder(sequence, D, 0), [D, steps * batch, features]);
  const product = matmul(
    inputs,
    all(({ input }) => input),
    { transposeB: true },
  );
  const biased = bias
    ? add(
        product,
        reshape(
          all((weights) => weights.bias as Node),
          [D, 1, 4 * hidden],
        ),
      )
    : product;
  const projected = transpose(reshape(biased, [D, steps, batch, 4 * hidden]), [1, 0, 2, 3]);
  return { projected, weight: all(({ state }) => state) };
}

/** The sequence in the order in which each direction reads it: [L, ...] -> with a new axis of extent D at `axis`. */
const inOrder = (x: Node, D: number, axis: number): Node => stack(D === 1 ? [x] : [x, reverse(x, 0)], axis);

/** The directions' states of [B, H] side by side: [D, B, H] each. */
const pack = (states: readonly LstmState[]): LstmState => ({
  h: stack(
    states.map(({ h }) => h),
    0,
  ),
  c: stack(
    states.map(({ c }) => c),
    0,
  ),
});

interface Recurrence {
  /** [L, D, B, 1], or none: every step is there. */
  readonly present?: Node;
  /** Of [D, B, H]. */
  readonly initial?: LstmState;
}

/** projected [L, D, B, 4H], weight [D, 4H, H] -> the states [D, B, H] after each step. */
function recur(projected: Node, weight: Node, { present, initial }: Recurrence): LstmState[] {
  const [steps, D, batch] = projected.shape;
  const states: LstmState[] = [];
  const zero = zeros([D, batch, weight.shape[2]]);
  // From the zero state the recurrent product is zero and left out; but the weight stays part of the graph, whatever the length.
  let state = initial ?? (steps === 1 ? { h: zero, c: zero } : undefined);
  for (let t = 0; t < steps; t++) {
    const row = (x: Node): Node => reshape(sliceAxis(x, 0, t, t + 1), x.shape.slice(1));
    const gates = state ? add(row(projected), matmul(state.h, weight, { transposeB: true })) : row(projected);
    state = step(gates, state, present && row(present));
    states.push(state);
  }
  return states;
}

/** gates [D, B, 4H] before their nonlinearity, present [D, B, 1] -> the next state. */
function step(gates: Node, state: LstmState | undefined, present: Node | undefined): LstmState {
  const hidden = gates.shape[2] / 4;
  const gate = (index: number): Node => sliceAxis(gates, 2, index * hidden, (index + 1) * hidden);
  const update = mul(sigmoid(gate(0)), tanh(gate(2)));
  const fresh = state ? add(mul(sigmoid(gate(1)), state.c), update) : update;
  const c = present ? select(present, fresh, state?.c ?? 0) : fresh;
  // Where the step is absent, h keeps its value, so it does not matter that it is computed from the kept c.
  const h = mul(sigmoid(gate(3)), tanh(c));
  return { c, h: present ? select(present, h, state?.h ?? 0) : h };
}

/** One direction of states [D, B, H]: [B, H] each. */
const pick = ({ h, c }: LstmState, direction: number): LstmState => {
  const one = (x: Node): Node => reshape(sliceAxis(x, 0, direction, direction + 1), [x.shape[1], x.shape[2]]);
  return { h: one(h), c: one(c) };
};

function check(p: Params, x: Node, { mask, initial, hidden }: LstmOptions, states: number): void {
  const shape = (node: Node): string => `[${node.shape.join(", ")}]`;
  if (x.shape.length !== 3) throw new GraphError(`lstm at ${p.path}: expected [B, L, F], got ${shape(x)}`);
  const [batch, steps] = x.shape;
  if (mask && shape(mask) !== `[${batch}, ${steps}]`)
    throw new GraphError(`lstm at ${p.path}: expected a mask of [${batch}, ${steps}], got ${shape(mask)}`);
  if (initial && initial.length !== states)
    throw new GraphError(`lstm at ${p.path}: expected ${states} initial states, got ${initial.length}`);
  for (const node of initial?.flatMap(({ h, c }) => [h, c]) ?? [])
    if (shape(node) !== `[${batch}, ${hidden}]`)
      throw new GraphError(`lstm at ${p.path}: expected states of [${batch}, ${hidden}], got ${shape(node)}`);
}
