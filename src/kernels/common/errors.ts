/** Something is wrong with a program or with how it is called: which program, which kernel, which node. */
export class ProgramError extends Error {
  override readonly name = "ProgramError";
}
