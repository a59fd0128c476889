// dw[k, c, r, s] = sum over n, p, q of dy[n, k, p, q] x[n, c, p + r - pad, q + s - pad]: stride 1, neighbouring taps, small windows.
// A workgroup: TM output channels x one input channel x the whole R x S window, in registers of every thread. The window slides along a
// row, so that R loads of x and TM of dy serve TM * R * S products. The threads share out the rows; their sums meet once in workgroup
// memory, in a fixed order.
// The lowering provides load_x, load_dy and finish (epilogue and store).
const TM = 4u;
const R = 5u;
const S = 5u;
const S_LAST = 4u;
const TAPS = 25u;
const SUMS = 100u;
const THREADS = 32u;
const SHARED = 3200u;
const PADDED = true;

var<workgroup> shared_sums: array<f32, SHARED>;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let flat = group.y * groups.x + group.x;
  let active_group = flat < COUNT;
  let tiles_k = (OUT + TM - 1u) / TM;
  let c = flat % IN;
  let k0 = (flat / IN % tiles_k) * TM;
  let part = min(flat / (IN * tiles_k), PARTS - 1u);
  let rows = select(0u, BATCH * P_EXTENT, active_group);
  var acc: array<array<f32, TAPS>, TM>; // registers
  for (var row = lane; row < rows; row += THREADS) {
    let n = row / P_EXTENT;
    let p = row - n * P_EXTENT;
    let from_dy = ((n * PARTS + part) * OUT * P_EXTENT + p) * Q_EXTENT;
    let top = i32(p) - i32(PAD_TOP);
    let from_x = i32(((n * PARTS + part) * IN + c) * H * W) + top * i32(W) - i32(PAD_LEFT);
    var dy_at: array<u32, TM>; // registers
    for (var i = 0u; i < TM; i++) { // unroll
      dy_at[i] = from_dy + min(k0 + i, OUT - 1u) * P_EXTENT * Q_EXTENT;
    }
    var x_at: array<i32, R>; // registers
    for (var r = 0u; r < R; r++) { // unroll
      x_at[r] = from_x + i32(r * W);
    }
    var tx: array<f32, TAPS>; // registers
    for (var r = 0u; r < R; r++) { // unroll
      for (var s = 0u; s < S_LAST; s++) { // unroll
        if (PADDED) {
          let inside = u32(top + i32(r)) < H && u32(i32(s) - i32(PAD_LEFT)) < W;
          tx[r*S+s+1u] = select(0.0, load_x(u32(select(0, x_at[r] + i32(s), inside))), inside);
        } else {
          tx[r*S+s+1u] = load_x(u32(x_at[r] + i32(s)));
        }
      }
    }
    for (var q = 0u; q < Q_EXTENT; q++) {
      for (var r = 0u; r < R; r++) { // unroll
        for (var s = 0u; s < S_LAST; s++) { // unroll
          tx[r*S+s] = tx[r*S+s+1u];
        }
        if (PADDED) {
          let inside = u32(top + i32(r)) < H && u32(i32(q + S_LAST) - i32(PAD_LEFT)) < W;
          tx[r*S+S_LAST] = select(0.0, load_x(u32(select(0, x_at[r] + i32(q + S_LAST), inside))), inside);
        } else {
          tx[r*S+S_LAST] = load_x(u32(x_at[r] + i32(q + S_LAST)));
        }
      }
      for (var i = 0u; i < TM; i++) { // unroll
        let dy = load_dy(dy_at[i] + q);
        for (var t = 0u; t < TAPS; t++) { // unroll
          acc[i][t] = fma(dy, tx[t], acc[i][t]);
        }
      }
    }
  }
  // Through an indexed array: each store that is written out costs drivers milliseconds to compile.
  var sums: array<f32, SUMS>;
  for (var i = 0u; i < TM; i++) { // unroll
    for (var t = 0u; t < TAPS; t++) { // unroll
      sums[i * TAPS + t] = acc[i][t];
    }
  }
  for (var at = 0u; at < SUMS; at++) { // rolled
    shared_sums[at * THREADS + lane] = sums[at];
  }
  workgroupBarrier();
  if (!active_group) { return; }
  for (var at = lane; at < SUMS; at += THREADS) {
    var total = 0.0;
    for (var other = 0u; other < THREADS; other++) { // rolled
      total += shared_sums[at * THREADS + other];
    }
    if (k0 + at / TAPS < OUT) {
      finish(((part * OUT + k0 + at / TAPS) * IN + c) * TAPS + at % TAPS, total);
    }
  }
}
