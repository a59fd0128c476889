/**
 * What a workload is: inputs by name, and three ways to say one computation, beside each other. A form builds the computation once;
 * what it returns is called again and again. `bench/libraries/` runs it: uploads, warms up, waits, reads.
 */
import type { Node, Update } from "../src/graph/index.ts";
import type { JaxApi, JaxArray } from "./libraries/jax-api.ts";
import type { TfApi, TfTensor } from "./libraries/tfjs-api.ts";
import type { GoalName } from "./goals.ts";
import type { HostTensors, Layout, Specs } from "./tensors.ts";

export type Named<T> = Readonly<Record<string, T>>;

export interface OurForm {
  readonly outputs: Named<Node>;
  readonly updates?: readonly Update[];
}

/** Why a library cannot do this. */
export interface Cannot {
  readonly cannot: string;
}

export interface Workload {
  readonly name: string;
  readonly goal: GoalName;
  /** Floating-point operations of one call (a multiply-add is two), where they are the measure. */
  readonly flops?: number;
  /** Bytes that one call has to move at least, where they are the measure. */
  readonly bytes?: number;
  readonly tensors: () => Specs;
  /** The tensors as the peers keep them, if that is another set: batch norm folded into the convolution before it. */
  readonly peerTensors?: (tensors: HostTensors) => HostTensors;
  /** Named tensors are variables of their name on the device. A model that makes its own variables finds their values by path. */
  readonly ours: (variables: Named<Node>) => OurForm;
  /** Called inside tf.tidy. Tensors that a training step changes are tf.variable. */
  readonly tfjs: Cannot | ((tf: TfApi, tensors: Named<TfTensor>) => () => Named<TfTensor>);
  /** Every use of a jax array but the last takes its `.ref`; the returned arrays are the caller's. */
  readonly jax: Cannot | ((jax: JaxApi, tensors: Named<JaxArray>) => () => Named<JaxArray>);
  /** How the outputs lie in memory in the peers; those without lie as ours. */
  readonly layouts?: Named<Layout>;
  /** Outputs of two libraries may differ by this much of their root mean square. Default: 1e-3. */
  readonly tolerance?: number;
  /** Only on these adapters; elsewhere nobody would wait for the peers. */
  readonly only?: "system";
}
