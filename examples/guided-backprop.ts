/**
 * A visual explanation is a gradient with another rule. Guided backpropagation (arXiv:1412.6806) lets through a ReLU
 * only what is positive on the way up and on the way down; no second backward pass is written.
 */
import { openDevice } from "intarsia";
import { cast, conv2d, grad, input, less, maxPool2d, mul, type Node, relu, type Rules, reshape, sum } from "intarsia/graph";
import { compile } from "intarsia/kernels";

const guided: Partial<Rules> = {
  relu: ([x], _y, dy) => [mul(dy, mul(cast(less(0, x), "f32"), cast(less(0, dy), "f32")))],
};

/** Two edge filters, twice: [1, 1, 12, 12] -> a number that says how much of a corner there is. */
function cornerScore(image: Node, edges: Node): Node {
  const found = maxPool2d(relu(conv2d(image, edges, { padding: 1 })), { kernelSize: 2 });
  return sum(relu(conv2d(reshape(found, [2, 1, 6, 6]), edges, { padding: 1 })));
}

const image = input("image", [1, 1, 12, 12]);
const edges = input("edges", [2, 1, 3, 3]);
const score = cornerScore(image, edges);
const [plain] = grad(score, [image]);
const [explained] = grad(score, [image], { rules: guided });

const device = await openDevice();
const program = await compile(device, { name: "explain", outputs: { plain, explained } });
const square = Array.from({ length: 144 }, (_, i) => (i % 12 > 3 && i % 12 < 9 && i > 47 && i < 108 ? 1 : 0));
const maps = await program.call({ image: square, edges: [-1, 0, 1, -2, 0, 2, -1, 0, 1, -1, -2, -1, 0, 0, 0, 1, 2, 1] });

for (const [name, map] of Object.entries(maps)) {
  const most = Math.max(...Array.from(map, Math.abs));
  const marks = Array.from(map, (value) => (value > most / 4 ? "#" : value < -most / 4 ? "-" : "."));
  console.log(name);
  for (let row = 0; row < 12; row++) console.log(`  ${marks.slice(12 * row, 12 * row + 12).join(" ")}`);
}
program.dispose();
device.close();
