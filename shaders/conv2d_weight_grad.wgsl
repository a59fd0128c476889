// dw[k, c, r, s] = sum over n, p, q of dy[n, k, p, q] x[n, c, p stride + r dilation - pad, ...], per channel group.
//
// A workgroup: TM output channels x TC input channels x one row r of the window, in registers of every thread.
// A thread: all those TM * TAPS sums, over its share of the pixels.
//   1. For each pixel (n, p, q) of its share: loads the TC * S values of x that the row of the window meets, and for each of the TM
//      channels one value of dy; adds the TM * TAPS products to `acc`.
//   2. After each block of BLOCK pixels, adds `acc` to `sums` and begins a new `acc`: a sum of blocks rounds less than one long chain.
//      In LONG sums, every TURNS blocks are added to `chains`, which keep what their additions lose.
//   3. Writes its sums to workgroup memory; barrier.
//   4. Adds up what all threads wrote for some of the elements, in the order of the threads, and hands the results to `finish`.
//
// The lowering (src/kernels/lower/conv.ts) provides
//   functions   load_x(i), load_dy(i): an element; finish(i, value): epilogue and store
//   constants   those below; TAPS = TC * S; SUMS = TM * TAPS; SHARED = SUMS * THREADS; CHAINS = SUMS if LONG, else 1
//   sizes       COUNT workgroups; BATCH images of PARTS channel groups, IN and OUT channels each; H x W and P_EXTENT x Q_EXTENT pixels;
//               R rows of the window; STRIDE_*, PAD_*, DILATION_*; BLOCK
const TM = 8u;
const TC = 2u;
const S = 3u;
const TAPS = 6u;
const SUMS = 48u;
const THREADS = 32u;
const SHARED = 1536u;
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
  let tiles_c = (IN + TC - 1u) / TC;
  let r = flat % R;
  let tc = (flat / R) % tiles_c;
  let tk = (flat / (R * tiles_c)) % tiles_k;
  let part = min(flat / (R * tiles_c * tiles_k), PARTS - 1u);
  let k0 = tk * TM;
  let c0 = tc * TC;
  let pixels = BATCH * P_EXTENT * Q_EXTENT;
  let chunk = (pixels + THREADS - 1u) / THREADS;
  let begin = min(lane * chunk, pixels);
  let end = select(begin, min(begin + chunk, pixels), active_group);
  var n = begin / (P_EXTENT * Q_EXTENT);
  var p = (begin - n * P_EXTENT * Q_EXTENT) / Q_EXTENT;
  var q = begin - (n * P_EXTENT + p) * Q_EXTENT;
  // Through an indexed array: each store that is written out costs drivers milliseconds to compile.
  var sums: array<f32, SUMS>;
  var chains: array<vec3f, CHAINS>;
  var turn = 0u;
  for (var first = begin; first < end; first += BLOCK) {
    let last = min(first + BLOCK, end);
    var acc: array<array<f32, TAPS>, TM>; // registers
    for (var pixel = first; pixel < last; pixel++) {
      let from_dy = (n * PARTS + part) * OUT * P_EXTENT * Q_EXTENT + p * Q_EXTENT + q;
      let top = i32(p * STRIDE_H + r * DILATION_H) - i32(PAD_TOP);
      let left = i32(q * STRIDE_W) - i32(PAD_LEFT);
      let from_x = i32((n * PARTS + part) * IN * H * W) + top * i32(W) + left;
      var tx: array<f32, TAPS>; // registers
      for (var i = 0u; i < TC; i++) { // unroll
        let channel = from_x + i32(min(c0 + i, IN - 1u) * H * W);
        for (var s = 0u; s < S; s++) { // unroll
          if (PADDED) {
            let inside = u32(top) < H && u32(left + i32(s * DILATION_W)) < W;
            tx[i*S+s] = select(0.0, load_x(u32(select(0, channel + i32(s * DILATION_W), inside))), inside);
          } else {
            tx[i*S+s] = load_x(u32(channel + i32(s * DILATION_W)));
          }
        }
      }
      for (var i = 0u; i < TM; i++) { // unroll
        let dy = load_dy(from_dy + min(k0 + i, OUT - 1u) * P_EXTENT * Q_EXTENT);
        for (var t = 0u; t < TAPS; t++) { // unroll
          acc[i][t] = fma(dy, tx[t], acc[i][t]);
        }
      }
      q += 1u;
      if (q == Q_EXTENT) {
        q = 0u;
        p += 1u;
        if (p == P_EXTENT) {
          p = 0u;
          n += 1u;
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
    let i = at / TAPS;
    let c = c0 + (at % TAPS) / S;
    if (k0 + i < OUT && c < IN) {
      finish((((part * OUT + k0 + i) * IN + c) * R + r) * S + at % S, total);
    }
  }
}
