/** A profile as one self-contained page: kernels along time, the memory they live in, and a table. */
import { scaleLinear } from "d3-scale";
import { area } from "d3-shape";
import { escapeHtml as text, px } from "../../report/html.ts";
import { type BarsFigure, type HtmlBlock, page } from "../../report/index.ts";
import { PACKAGE } from "../shared/package.ts";
import {
  familiesOf,
  ifTimed,
  megabytes,
  milliseconds,
  overallShare,
  overheadText,
  roundedPercent,
  type ProfiledKernel,
  type ProfileReport,
  rate,
} from "./profile-report.ts";
import { PROFILE_SCRIPT } from "./profile-script.ts";
import { PROFILE_STYLE } from "./profile-style.ts";

const HEIGHT = 100;

export function profilePage(report: ProfileReport): string {
  const html = (text: string): HtmlBlock => ({ kind: "html", html: text });
  const { kernels, runs, ceilings } = report;
  return page({
    title: report.title,
    lead: `Where the time goes on ${report.adapter}${report.software ? ", a software adapter: the CPU does the work" : ""}.`,
    sections: [
      { content: [html(headline(report)), families(report)] },
      { content: [html(timeline(report))] },
      { content: [html(table(report))] },
      // The script of the page finds what stands above it.
      { content: [html(`<script type="application/json" id="data">${dataOf(report)}</script>\n<script>${PROFILE_SCRIPT}</script>`)] },
    ],
    footer: `Each of the ${kernels.length} kernels was timed in a pass of its own, median of ${runs} runs. Of the ceiling: the larger of its GFLOP/s over ${rate(ceilings.gflops)} and its GB/s over ${rate(ceilings.gbps)}, which this adapter reached in plain multiply-adds and copies just before; bytes count each tensor once, so that a kernel whose data lie in a cache can pass 100 %. intarsia ${PACKAGE.version}.`,
    style: PROFILE_STYLE,
  });
}

/** What the script shows of each kernel. "<" cannot end the script's element. */
function dataOf({ kernels, kernelMilliseconds }: ProfileReport): string {
  const facts = kernels.map((kernel) => ({
    label: kernel.label,
    family: kernel.family,
    time: `${milliseconds(kernel.milliseconds)} ms, ${roundedPercent(kernel.milliseconds / kernelMilliseconds)} of all`,
    speed: ifTimed(
      kernel.milliseconds,
      `${rate(kernel.gflops)} GFLOP/s, ${rate(kernel.gbps)} GB/s: ${roundedPercent(kernel.share)} of the ceiling, bound by ${kernel.bound}`,
    ),
    variant: `${kernel.variant}, ${kernel.workgroups} workgroup${kernel.workgroups === 1 ? "" : "s"}`,
    computes: kernel.ops.join(", ") || "a copy",
    writes: kernel.writes.map((shape) => `[${shape.join(", ")}]`).join(" "),
    memory: `touches ${megabytes(kernel.bytes)}; ${megabytes(kernel.live)} live between kernels`,
    "stored because": `${kernel.reasons.join("; ")}${kernel.again ? "; runs a second time, to stay within the budget" : ""}`,
  }));
  return JSON.stringify(facts).replaceAll("<", "\\u003c");
}

function headline(report: ProfileReport): string {
  const { kernels, kernelMilliseconds, runMilliseconds, memory, pipelines, flops } = report;
  const share = overallShare(report);
  const facts = [
    ["Kernels", `${kernels.length} from ${pipelines} pipelines, ${milliseconds(kernelMilliseconds)} ms`],
    ["A whole run", `${milliseconds(runMilliseconds)} ms: ${overheadText(report)}`],
    [
      "Speed",
      `${ifTimed(kernelMilliseconds, rate(flops / kernelMilliseconds / 1e6))} GFLOP/s; ${roundedPercent(share)} of what the ceilings allow`,
    ],
    ["Memory", `${megabytes(memory.peak)}, of it ${megabytes(memory.activations)} between kernels`],
  ];
  return `<div class="card headline">
<div><div class="big">${milliseconds(runMilliseconds)} <small>ms</small></div><div class="soft">one run</div></div>
<dl>${facts.map(([name, value]) => `<dt>${name}</dt><dd>${text(value)}</dd>`).join("")}</dl>
</div>`;
}

/** Time by kind of work. */
function families({ kernels, kernelMilliseconds }: ProfileReport): BarsFigure {
  const bars = familiesOf(kernels).map(({ family, count, milliseconds: ms }) => ({
    ...{ name: family, value: ms },
    text: `${roundedPercent(ms / Math.max(1e-9, kernelMilliseconds))}, ${milliseconds(ms)} ms in ${count}`,
  }));
  return { kind: "bars", title: "By kind of work", wide: true, value: { label: "milliseconds" }, bars };
}

/** The kinds as legend and filter of the timeline. */
function keys({ kernels }: ProfileReport): string {
  const buttons = familiesOf(kernels).map(
    ({ family }) => `<button type="button" class="key ${family}" data-family="${family}" aria-pressed="false"><b>${family}</b></button>`,
  );
  return `<div class="keys" role="group" aria-label="Show only one kind of work">${buttons.join("")}</div>`;
}

interface Placed {
  readonly kernel: ProfiledKernel;
  readonly from: number;
  readonly width: number;
}

function placed(kernels: readonly ProfiledKernel[]): Placed[] {
  let at = 0;
  return kernels.map((kernel) => {
    const from = at;
    at += kernel.milliseconds;
    return { kernel, from, width: kernel.milliseconds };
  });
}

/** A bar per kernel, as wide as its time; how far it is filled is its share of the ceiling. Below, on the same axis, the bytes that live. */
function timeline(report: ProfileReport): string {
  const { kernels, kernelMilliseconds: total, memory } = report;
  const bars = placed(kernels);
  const most = Math.max(1, ...kernels.map(({ live }) => live));
  const time = scaleLinear([0, Math.max(1e-9, total)], [0, 1000]);
  const x = (ms: number): string => String(Number(time(ms).toFixed(3)));
  const rects = bars.map(({ kernel, from, width }) => {
    const filled = HEIGHT * Math.min(1, kernel.share);
    const at = `x="${x(from)}" width="${x(width)}"`;
    return (
      `<g class="k ${kernel.family}" data-i="${kernel.index}"><rect class="room" ${at} y="0" height="${HEIGHT}"/>` +
      `<rect class="used" ${at} y="${px(HEIGHT - filled)}" height="${px(filled)}"/></g>`
    );
  });
  const live = scaleLinear([0, most], [HEIGHT, 0]);
  const ends = bars.flatMap(({ kernel, from, width }) => [from, from + width].map((ms): [number, number] => [time(ms), live(kernel.live)]));
  const bytes = area().y0(HEIGHT).digits(3)(ends) ?? "";
  const marks = time.ticks(8).filter((ms) => ms <= 0.97 * total);
  const labels = marks.map((ms) => `<span style="left:${px(time(ms) / 10)}%">${ms} ms</span>`);
  const lines = marks.map((ms) => `<line x1="${x(ms)}" x2="${x(ms)}" y1="0" y2="${HEIGHT}"/>`).join("");
  const peak = kernels.findIndex(({ live }) => live === most);
  return `<h2>Along time</h2>
${keys(report)}
<p class="soft">A bar is a kernel, as wide as it takes long and filled as far as it comes to the adapter's ceiling. Pale height is time that
better kernels could win. Below: the bytes that live between kernels.</p>
<div class="card stage">
<div class="tools"><span id="hint" class="soft">Arrow keys go from kernel to kernel; + and − zoom.</span>
<span><button type="button" data-zoom="0.5" aria-label="Zoom out">−</button><button type="button" data-zoom="0" aria-label="Show all">all</button><button type="button" data-zoom="2" aria-label="Zoom in">+</button></span></div>
<div class="lanes"><div class="scale" aria-hidden="true"><span>100 %</span><span>0</span><span class="second">${megabytes(most)}</span><span>0</span></div>
<div class="window" id="window" tabindex="0" role="application" aria-label="Kernels along time" aria-describedby="hint">
<div class="canvas" id="canvas">
<svg class="time" viewBox="0 0 1000 ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${kernels.length} kernels in ${milliseconds(total)} ms"><g class="grid">${lines}</g>${rects.join("")}</svg>
<svg class="memory" viewBox="0 0 1000 ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="At most ${megabytes(most)} live between kernels, in ${text(kernels[peak]?.label ?? "")}"><g class="grid">${lines}</g><path d="${bytes}"/></svg>
<div class="ticks" aria-hidden="true">${labels.join("")}</div>
<div class="cursor" id="cursor" hidden></div>
</div></div></div>
<div class="facts" id="facts" aria-live="polite"><p class="soft">Point at a bar, or press an arrow key in the timeline. The most bytes between kernels,
${megabytes(most)} of ${megabytes(memory.activations)} that the plan takes, live in ${text(kernels[peak]?.label ?? "no kernel")}.</p></div>
</div>`;
}

function table({ kernels, kernelMilliseconds }: ProfileReport): string {
  const sorted = [...kernels].sort((a, b) => b.milliseconds - a.milliseconds);
  const longest = Math.max(1e-9, sorted[0]?.milliseconds ?? 0);
  const rows = sorted.map((kernel) => {
    const cells = [rate(kernel.gflops), rate(kernel.gbps), roundedPercent(kernel.share)]
      .map((cell) => `<td class="n">${ifTimed(kernel.milliseconds, cell)}</td>`)
      .join("");
    return `<tr data-i="${kernel.index}" class="${kernel.family}"><td class="n">${kernel.index}</td><td><button type="button" data-go="${kernel.index}">${text(kernel.label)}</button> <span class="soft">${text(kernel.variant)}</span></td>
<td class="n ms"><span class="meter ${kernel.family}" style="width:${px((100 * kernel.milliseconds) / longest)}%"></span>${milliseconds(kernel.milliseconds)}</td><td class="n">${roundedPercent(kernel.milliseconds / kernelMilliseconds)}</td>${cells}<td>${ifTimed(kernel.milliseconds, kernel.bound)}</td></tr>`;
  });
  return `<h2>Kernels, the longest first</h2>
<div class="scroll"><table><thead><tr><th class="n">#</th><th>kernel</th><th class="n">ms</th><th class="n">of all</th><th class="n">GFLOP/s</th><th class="n">GB/s</th><th class="n">of ceiling</th><th>bound by</th></tr></thead>
<tbody>${rows.join("\n")}</tbody></table></div>`;
}
