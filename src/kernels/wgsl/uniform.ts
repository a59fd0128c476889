/** The words of a kernel's uniform, and how its text reads them. The uniform is `P.v`, an array of vec4<u32>. */

export class UniformWords {
  private readonly words: number[] = [];
  private readonly keyed = new Map<string, string>();

  /** A u32 of the uniform; with a key, the same one each time. Never shared by value alone: equal sizes may differ next time. */
  word(value: number, key?: string): string {
    const known = key === undefined ? undefined : this.keyed.get(key);
    if (known) return known;
    this.words.push(value >>> 0);
    const at = this.words.length - 1;
    const word = `P.v[${at >> 2}].${"xyzw"[at & 3]}`;
    if (key !== undefined) this.keyed.set(key, word);
    return word;
  }

  /** The number 1 as a word of the uniform, which no compiler can fold: the step of a loop that must not be unrolled (unroll.ts). */
  one(): string {
    return this.word(1, "one");
  }

  /** Named sizes as words, for `specialise` (unroll.ts), and ONE. */
  wordsOf(values: Readonly<Record<string, number>>): Record<string, string> {
    return Object.fromEntries([...Object.entries(values).map(([name, value]) => [name, this.word(value)]), ["ONE", this.one()]]);
  }

  /** Rows of f32, each of them whole vec4s of the uniform: the index of the first. */
  table(rows: readonly (readonly number[])[]): number {
    while (this.words.length % 4 !== 0) this.words.push(0);
    const first = this.words.length / 4;
    for (const row of rows) {
      this.words.push(...new Uint32Array(Float32Array.from(row).buffer));
      while (this.words.length % 4 !== 0) this.words.push(0);
    }
    return first;
  }

  /** An f32 of the uniform. */
  float(value: number, key: string): string {
    return `bitcast<f32>(${this.word(new Uint32Array(Float32Array.of(value).buffer)[0], key)})`;
  }

  /** The words, padded to whole vec4s. */
  padded(): Uint32Array {
    const padded = new Uint32Array(Math.max(4, Math.ceil(this.words.length / 4) * 4));
    padded.set(this.words);
    return padded;
  }
}
