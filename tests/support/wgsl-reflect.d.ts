/** The part of wgsl_reflect that the tests use; the package types only the entry that Node's ESM cannot load. */
declare module "wgsl_reflect/wgsl_reflect.module.js" {
  export class WgslReflect {
    constructor(code: string);
    readonly functions: readonly { readonly name: string }[];
  }
}
