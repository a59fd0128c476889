/** Reads uvu's closing lines, and looks for the ways in which a test file can silently test less than it seems to. */

export interface Totals {
  readonly declared: number;
  readonly passed: number;
  readonly skipped: number;
  readonly failed: number;
}

/**
 * The counts of one uvu process (uncoloured output), or null if it did not get to print them. uvu's "Total" leaves
 * skipped tests out, so declared = Total + Skipped, and every test of the total that did not pass has failed.
 */
export function parseTotals(output: string): Totals | null {
  const last = (name: string): number | null => {
    const found = [...output.matchAll(new RegExp(`^  ${name}:\\s+(\\d+)\\s*$`, "gm"))].at(-1);
    return found ? Number(found[1]) : null;
  };
  const [total, passed, skipped] = [last("Total"), last("Passed"), last("Skipped")];
  if (total === null || passed === null || skipped === null) return null;
  return { declared: total + skipped, passed, skipped, failed: total - passed };
}

/** What is wrong with a test file's text: tests that cannot run whatever uvu says. Empty if nothing. */
export function fileProblems(source: string): string[] {
  const text = source.replaceAll(/\/\*[\s\S]*?\*\/|(?<![:"'`])\/\/.*$/gm, "");
  const problems: string[] = [];
  const runs = [...text.matchAll(/\b\w+\.run\(\)/g)];
  const suites = [...text.matchAll(/=\s*suite\(/g)].length;
  const lastDeclared = [...text.matchAll(/(?<![.\w])test(?:\.skip)?\(/g)].at(-1)?.index ?? 0;
  if (runs.length === 0) problems.push("never calls .run()");
  else if (runs.length < suites) problems.push(`${suites} suites but ${runs.length} calls of .run()`);
  if (runs.length > 0 && lastDeclared > (runs.at(-1)?.index ?? 0)) problems.push("declares a test after the last .run()");
  if (/^\s*test\.only\(/m.test(text)) problems.push("test.only hides the other tests");
  return problems;
}
