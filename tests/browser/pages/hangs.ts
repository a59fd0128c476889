/** Never ends. */
export async function main(): Promise<never> {
  console.log("still here");
  return new Promise<never>(() => undefined);
}
