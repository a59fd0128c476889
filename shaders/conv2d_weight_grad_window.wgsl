// dw[k, c, r, s] = sum over n, p, q of dy[n, k, p, q] x[n, c, p + r - pad, q + s - pad]: stride 1, dilation 1, windows of few taps.
//
// A workgroup: TM output channels x one input channel x the whole R x S window, in registers of every thread.
// A thread: all those TM * TAPS sums, over its share of the units: SPAN columns of one row of dy.
//   1. Loads all but the last column of the R x S values of x that the unit's first pixel meets.
//   2. For each pixel of the unit: moves the window along by one column of registers, loads the R values of its new last column and TM
//      values of dy, and adds the TM * TAPS products to `acc`.
//   3. After each block of BLOCK units, adds `acc` to `sums` and begins a new `acc`: a sum of blocks rounds less than one long chain.
//      In LONG sums, every TURNS blocks are added to `chains`, which keep what their additions lose.
//   4. Writes its sums to workgroup memory; barrier.
//   5. Adds up what all threads wrote for some of the elements, in the order of the threads, and hands the results to `finish`.
//
// The lowering (src/kernels/lower/conv.ts) provides
//   functions   load_x(i), load_dy(i): an element; finish(i, value): epilogue and store
//   constants   those below; S_LAST = S - 1; TAPS = R * S; SUMS = TM * TAPS; SHARED = SUMS * THREADS; CHAINS = SUMS if LONG, else 1
//   sizes       COUNT workgroups; BATCH images of PARTS channel groups, IN and OUT channels each; H x W and P_EXTENT x Q_EXTENT pixels;
//               PAD_*; SPAN, CHUNKS (units of a row), BLOCK
const TM = 4u;
const R = 5u;
const S = 5u;
const S_LAST = 4u;
const TAPS = 25u;
const SUMS = 100u;
const THREADS = 32u;
const SHARED = 3200u;
const PADDED = true;
const LONG = false;
const CHAINS = 1u;
const TURNS = 32u;

var<workgroup> shared_sums: array<f32, SHARED>;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let flat = group.y * groups.x + group.x;
  let active_group = flat < COUNT;
  let tiles_k = (OUT + TM - 1u) / TM;
  let c = flat % IN;
  let k0 = (flat / IN % tiles_k) * TM;
  let part = min(flat / (IN * tiles_k), PARTS - 1u);
  let units = select(0u, BATCH * P_EXTENT * CHUNKS, active_group);
  // Through an indexed array: each store that is written out costs drivers milliseconds to compile.
  var sums: array<f32, SUMS>;
  var chains: array<vec3f, CHAINS>;
  var turn = 0u;
  for (var first = lane; first < units; first += BLOCK * THREADS) {
    let last = min(first + BLOCK * THREADS, units);
    var acc: array<array<f32, TAPS>, TM>; // registers
    for (var unit = first; unit < last; unit += THREADS) {
      let row = unit / CHUNKS;
      let q_first = (unit - row * CHUNKS) * SPAN;
      let q_end = min(q_first + SPAN, Q_EXTENT);
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
            let inside = u32(top + i32(r)) < H && u32(i32(q_first + s) - i32(PAD_LEFT)) < W;
            tx[r*S+s+1u] = select(0.0, load_x(u32(select(0, x_at[r] + i32(q_first + s), inside))), inside);
          } else {
            tx[r*S+s+1u] = load_x(u32(x_at[r] + i32(q_first + s)));
          }
        }
      }
      for (var q = q_first; q < q_end; q++) {
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
    for (var i = 0u; i < TM; i++) { // unroll
      for (var t = 0u; t < TAPS; t++) { // unroll
        sums[i * TAPS + t] += acc[i][t];
      }
    }
    if (LONG) {
      turn += 1u;
      if (turn == TURNS) {
        turn = 0u;
        for (var at = 0u; at < SUMS; at++) { // rolled
          chains[at] = plus_(chains[at], sums[at]);
          sums[at] = 0.0;
        }
      }
    }
  }
  for (var at = 0u; at < SUMS; at++) { // rolled
    if (LONG) { sums[at] = settled_(plus_(chains[at], sums[at])); }
    shared_sums[at * THREADS + lane] = sums[at];
  }
  workgroupBarrier();
  if (!active_group) { return; }
  for (var at = lane; at < SUMS; at += THREADS) {
    var chain = vec3f();
    for (var other = 0u; other < THREADS; other++) { // rolled
      chain = plus_(chain, shared_sums[at * THREADS + other]);
    }
    let total = settled_(chain);
    if (k0 + at / TAPS < OUT) {
      finish(((part * OUT + k0 + at / TAPS) * IN + c) * TAPS + at % TAPS, total);
    }
  }
}
