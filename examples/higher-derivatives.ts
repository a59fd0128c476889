/** Gradients of gradients: the derivatives of sin, up to the fourth, from one rule applied four times. */
import { openDevice } from "intarsia";
import { grad, input, type Node, sin, sum } from "intarsia/graph";
import { compile } from "intarsia/kernels";

const x = input("x", [5]);
const derivatives: Node[] = [sin(x)];
for (let order = 1; order <= 4; order++) derivatives.push(grad(sum(derivatives[order - 1]), [x])[0]);

const device = await openDevice();
const program = await compile(device, {
  name: "derivatives",
  outputs: Object.fromEntries(derivatives.map((node, order) => [`d${order}`, node])),
});
const results = await program.call({ x: [0, 0.5, 1, 1.5, 2] });
for (const [name, values] of Object.entries(results)) console.log(name, Array.from(values, (value) => value.toFixed(4)).join(" "));

// sin'''' = sin
const difference = Math.max(...Array.from(results.d4, (value, i) => Math.abs(value - results.d0[i])));
console.log(`the fourth derivative is sin again, to ${difference < 1e-4 ? "1e-4" : difference}`);
program.dispose();
device.close();
