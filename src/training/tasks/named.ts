/** Records that are asked by name: what is not there is an error that says what is. */
import { GraphError } from "../../graph/index.ts";

/** The same record, except that a name which is not in it throws a GraphError: `the data has no field "label"; it has x, y`. */
export function named<T>(all: Readonly<Record<string, T>>, what: string): Readonly<Record<string, T>> {
  return new Proxy(all, {
    get(target, name, receiver) {
      if (typeof name === "string" && !(name in target))
        throw new GraphError(`there is no ${what} "${name}"; there are ${Object.keys(target).join(", ") || "none"}`);
      return Reflect.get(target, name, receiver);
    },
  });
}
