/** A program that already has a GPUDevice (here it borrows one) shares it with intarsia, and keeps it afterwards. */
import { openDevice } from "intarsia";
import { add, input, mul } from "intarsia/graph";
import { compile } from "intarsia/kernels";

const opened = await openDevice();
const mine: GPUDevice = opened.gpu;

const device = await openDevice({ device: mine });
const a = input("a", [4]);
const program = await compile(device, { name: "shared", outputs: { y: add(mul(a, 2), 1) } });
const { y } = await program.call({ a: [1, 2, 3, 4] });
console.log(`${device.kind}: ${Array.from(y).join(" ")}`);
program.dispose();
device.close();

// The device still belongs to its owner: closing intarsia's view of it destroyed nothing.
const buffer = mine.createBuffer({ size: 16, usage: 0x8 | 0x4 });
mine.queue.writeBuffer(buffer, 0, new Float32Array(4));
await mine.queue.onSubmittedWorkDone();
buffer.destroy();
console.log("the device is still mine");
opened.close();
