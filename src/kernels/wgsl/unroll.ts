/**
 * Prepares a shader template: sets its constants, unrolls the loops marked `// unroll`, keeps those marked `// rolled`, and turns arrays
 * marked `// registers` into one variable per element. Drivers do not do this reliably (SwiftShader keeps an indexed array in memory), and
 * tiles that are not in registers lose the gain they exist for. The templates themselves stay plain WGSL.
 */

/**
 * A template with its `const NAME = ...;` lines set to the given values and unrolled; a name of `words` (a size that scales a loop)
 * becomes its place in the uniform.
 */
export function specialise(
  template: string,
  constants: Readonly<Record<string, number | boolean>>,
  words: Readonly<Record<string, string>>,
): string {
  const key = `${JSON.stringify(constants)}${template}`;
  const code = prepared.get(key) ?? prepare(template, constants);
  prepared.set(key, code);
  return code.replace(/\b[A-Z][A-Z0-9_]*\b/g, (name) => words[name] ?? name);
}

/** Templates with their constants in place: kernels of one structure differ in words only. */
const prepared = new Map<string, string>();

function prepare(template: string, constants: Readonly<Record<string, number | boolean>>): string {
  const source = template.replace(/^\s*\/\/.*\n/gm, "");
  const values = new Map<string, number>();
  const text = source.replace(/^const (\w+)(: \w+)? = ([^;]+);/gm, (whole, name: string, type: string | undefined, written: string) => {
    const value = constants[name];
    if (value === undefined) {
      values.set(name, Number.parseInt(written, 10));
      return whole;
    }
    if (typeof value === "number") values.set(name, value);
    return `const ${name}${type ?? ""} = ${typeof value === "boolean" ? value : `${value}u`};`;
  });
  for (const name of Object.keys(constants))
    if (!new RegExp(`^const ${name}\\b`, "m").test(source)) throw new Error(`intarsia: the template has no constant ${name}`);
  const lines = unroll(text.split("\n"), values);
  return registers(lines, values).map(rolled).join("\n");
}

/**
 * A loop marked `// rolled` takes steps of a size that no compiler knows, so that it stays a loop: Mesa writes out up to 32 turns, and
 * then compiles every load, division and store of an epilogue as often.
 */
const rolled = (line: string): string => line.replace(/(\w+)\+\+\) \{ \/\/ rolled$/, "$1 += ONE) {");

const LOOP = /^\s*for \(var (\w+) = (\w+); \1 < (\w+); \1\+\+\) \{ \/\/ unroll$/;

function unroll(lines: readonly string[], values: ReadonlyMap<string, number>): string[] {
  const out: string[] = [];
  for (let i = 0; i < lines.length; i++) {
    const loop = LOOP.exec(lines[i]);
    if (!loop) {
      out.push(lines[i]);
      continue;
    }
    const end = closing(lines, i);
    const body = unroll(lines.slice(i + 1, end), values);
    const [, name, from, to] = loop;
    for (let at = number(from, values); at < number(to, values); at++) {
      out.push("{", ...body.map((line) => line.replace(new RegExp(`\\b${name}\\b`, "g"), `${at}u`)), "}");
    }
    i = end;
  }
  return out;
}

function closing(lines: readonly string[], open: number): number {
  let depth = 0;
  for (let i = open; i < lines.length; i++) {
    for (const char of lines[i].replace(/\/\/.*/, "")) depth += char === "{" ? 1 : char === "}" ? -1 : 0;
    if (depth === 0) return i;
  }
  throw new Error(`intarsia: a loop of a template is not closed: ${lines[open].trim()}`);
}

function number(text: string, values: ReadonlyMap<string, number>): number {
  const value = values.get(text) ?? Number.parseInt(text, 10);
  if (!Number.isInteger(value)) throw new Error(`intarsia: "${text}" is no constant of the template`);
  return value;
}

/**
 * `var acc: array<array<T, N>, M>; // registers` -> acc_0_0, acc_0_1, ...; a constant index picks the name. Zeros are written down: Dawn
 * (npm webgpu 0.6.2) sets a variable without them once, not in every turn of the loop that declares it.
 */
function registers(lines: readonly string[], values: ReadonlyMap<string, number>): string[] {
  const depths = new Map<string, number>();
  const declared = lines.flatMap((line) => {
    const match = /^(\s*)var (\w+): (array<.+>); \/\/ registers$/.exec(line);
    if (!match) return [line];
    const [, indent, name, type] = match;
    const { element, extents } = arrayType(type, values);
    depths.set(name, extents.length);
    return indices(extents).map((index) => `${indent}var ${name}_${index.join("_")} = ${element}();`);
  });
  if (depths.size === 0) return declared;
  const use = new RegExp(`\\b(${[...depths.keys()].join("|")})((?:\\[[^\\[\\]]+\\])+)`, "g");
  return declared.map((line) =>
    line.replace(use, (_, name: string, brackets: string) => pick(name, depths.get(name) ?? 1, brackets, values)),
  );
}

/** Takes leading constant indices into the name; a register array has as many of them as dimensions, the rest index a vector. */
function pick(name: string, depth: number, brackets: string, values: ReadonlyMap<string, number>): string {
  const parts = [...brackets.matchAll(/\[([^\]]+)\]/g)].map((match) => match[1]);
  const fixed = parts.map((part) => evaluate(part, values));
  return `${name}_${fixed.slice(0, depth).join("_")}${fixed
    .slice(depth)
    .map((at) => `[${at}u]`)
    .join("")}`;
}

/** Constant index arithmetic: numbers, + * / %. */
function evaluate(text: string, values: ReadonlyMap<string, number>): number {
  const resolved = text
    .replace(/\b[A-Za-z]\w*\b/g, (word) => String(number(word, values)))
    .replace(/(\d+)u\b/g, "$1")
    .replace(/\s/g, "");
  const sum = (part: string): number => part.split("+").reduce((total, term) => total + product(term), 0);
  const product = (term: string): number => {
    const [first, ...rest] = term.split(/(?=[*/%])/);
    return rest.reduce(
      (value, step) => {
        const by = Number.parseInt(step.slice(1), 10);
        return step[0] === "*" ? value * by : step[0] === "/" ? Math.floor(value / by) : value % by;
      },
      Number.parseInt(first, 10),
    );
  };
  const value = sum(resolved);
  if (!Number.isInteger(value)) throw new Error(`intarsia: an index of a register array is not constant: ${text}`);
  return value;
}

function arrayType(type: string, values: ReadonlyMap<string, number>): { element: string; extents: number[] } {
  const match = /^array<(.+), (\w+)>$/.exec(type);
  if (!match) return { element: type, extents: [] };
  const inner = arrayType(match[1], values);
  return { element: inner.element, extents: [number(match[2], values), ...inner.extents] };
}

function indices(extents: readonly number[]): number[][] {
  if (extents.length === 0) return [[]];
  return Array.from({ length: extents[0] }, (_, i) => indices(extents.slice(1)).map((rest) => [i, ...rest])).flat();
}
