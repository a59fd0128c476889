/**
 * A visual explanation is a gradient with another rule. Guided backpropagation (arXiv:1412.6806) lets through a ReLU
 * only what is positive on the way up and on the way down; no second backward pass is written.
 */
import { openDevice } from "intarsia";
import { cast, concat, constant, conv2d, grad, input, less, mul, neg, type Node, type Rules, relu, sum } from "intarsia/graph";
import { compile } from "intarsia/kernels";

const positive = (x: Node): Node => cast(less(0, x), "f32");
const guided: Partial<Rules> = { relu: ([x], _y, dy) => [mul(dy, mul(positive(x), positive(dy)))] };

/** Left, upper, right and lower edges [1, 4, 12, 12]; around a pixel the first two speak for an upper left corner, the others against. */
function cornerScore(image: Node, sobel: Node): Node {
  const edges = relu(conv2d(image, concat([sobel, neg(sobel)], 0), { padding: 1 }));
  const votes = constant(
    Array.from({ length: 4 * 49 }, (_, i) => (i < 2 * 49 ? 1 : -1)),
    [1, 4, 7, 7],
  );
  return sum(relu(conv2d(edges, votes, { padding: 3 })));
}

const image = input("image", [1, 1, 12, 12]);
const sobel = input("sobel", [2, 1, 3, 3]);
const score = cornerScore(image, sobel);
const [plain] = grad(score, [image]);
const [explained] = grad(score, [image], { rules: guided });

const device = await openDevice();
const program = await compile(device, { name: "explain", outputs: { plain, explained } });
const square = Array.from({ length: 144 }, (_, i) => (i % 12 > 3 && i % 12 < 9 && i > 47 && i < 108 ? 1 : 0));
const maps = await program.call({ image: square, sobel: [-1, 0, 1, -2, 0, 2, -1, 0, 1, -1, -2, -1, 0, 0, 0, 1, 2, 1] });

for (const [name, map] of Object.entries(maps)) {
  const most = Math.max(...Array.from(map, Math.abs));
  const marks = Array.from(map, (value) => (value > most / 5 ? "#" : value < -most / 5 ? "-" : "."));
  console.log(name);
  for (let row = 0; row < 12; row++) console.log(`  ${marks.slice(12 * row, 12 * row + 12).join(" ")}`);
}
program.dispose();
device.close();
