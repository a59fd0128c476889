/** What is measured: graphs whose inputs lie on the device already, with the work that each of them has to do. */
import {
  add,
  conv2d,
  conv2dInputGrad,
  conv2dWeightGrad,
  constant,
  grad,
  matmul,
  mul,
  type Node,
  relu,
  type Shape,
  variable,
} from "intarsia/graph";
import { adam, createParams, crossEntropy, lenet, nn, pairs, type Update } from "intarsia/models";

export interface Workload {
  readonly name: string;
  readonly output: Node;
  readonly updates?: readonly Update[];
  /** Floating-point operations of one run (a multiply-add is two), or 0 where bytes are the measure. */
  readonly flops: number;
  /** Bytes that have to move at least, or 0 where operations are the measure. */
  readonly bytes: number;
}

const filled = (path: string, shape: Shape): Node => variable(path, shape, { init: { kind: "uniform", low: -0.1, high: 0.1 } });

function product(size: number): Workload {
  const output = matmul(filled("a", [size, size]), filled("b", [size, size]));
  return { name: `matmul ${size}`, output, flops: 2 * size ** 3, bytes: 0 };
}

/** The three convolutions of a 3x3 layer, 64 -> 64 channels on 56 x 56. */
function convolutions(): Workload[] {
  const image: Shape = [1, 64, 56, 56];
  const x = filled("x", image);
  const w = filled("w", [64, 64, 3, 3]);
  const dy = filled("dy", image);
  const flops = 2 * 64 * 64 * 9 * 56 * 56;
  return [
    { name: "conv2d 3x3", output: conv2d(x, w, { padding: 1 }), flops, bytes: 0 },
    { name: "  its input gradient", output: conv2dInputGrad(dy, w, { padding: 1, inputSize: [56, 56] }), flops, bytes: 0 },
    { name: "  its weight gradient", output: conv2dWeightGrad(x, dy, { padding: 1, kernelSize: [3, 3] }), flops, bytes: 0 },
  ];
}

/** relu(x + 1) * 2 on four million numbers: one kernel that reads and writes once. */
function chain(): Workload {
  const output = mul(relu(add(filled("x", [2048, 2048]), 1)), 2);
  return { name: "relu(x + 1) * 2, 4M", output, flops: 0, bytes: 2 * 4 * 2048 * 2048 };
}

/** Forward, backward and Adam of LeNet on 32 digits. */
function lenetStep(): Workload {
  const batch = 32;
  const p = createParams();
  const { global } = lenet(p.at("lenet"), filled("pictures", [batch, 1, 28, 28]));
  const labels = constant(Int32Array.from({ length: batch }, (_, i) => i % 10));
  const loss = crossEntropy(nn.linear(p.at("digit"), global, { out: 10 }), labels);
  const weights = p.trainable();
  const updates = adam(pairs(weights, grad(loss, weights)), { lr: 1e-3 });
  const forward = 2 * batch * (20 * 25 * 24 * 24 + 50 * 20 * 25 * 8 * 8 + 800 * 500 + 500 * 10);
  return { name: "LeNet step, batch 32", output: loss, updates, flops: 3 * forward, bytes: 0 };
}

export const workloads = (): Workload[] => [product(512), product(1024), ...convolutions(), chain(), lenetStep()];
