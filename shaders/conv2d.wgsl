// y[n, k, p, q] = sum over c, r, s of x[n, c, p stride + r dilation - pad, ...] w[k, c, r, s], per channel group.
// Any stride and dilation; also the input gradient, which is a convolution with turned weights (TURNED, PHASED).
//
// A workgroup: THREADS threads, one tile of TM output channels, TN * THREADS pixels. Loads of w are the same for all its threads.
// A thread: TM channels x TN pixels in registers.
//   1. Numbers all pixels of the batch in one row (n, p, q) and takes every THREADS-th, so that neighbouring threads load neighbours.
//   2. For each unit, up to SPAN taps of one row of one input channel: loads the TN values of x that a tap meets, and for each of
//      the TM channels one weight; adds the TM * TN products to `acc`.
//   3. After each block of BLOCK units, adds `acc` to the tile and begins a new `acc`: a sum of blocks rounds less than one long chain.
//      In LONG sums, every TURNS blocks are added to `chains`, which keep what their additions lose.
//   4. Hands each element of the tile to `finish`.
//
// PHASED, the input gradient at a stride: outputs with the same h mod UP_H and w mod UP_W meet the same taps, and no others do. A
// workgroup has one such phase; its pixels are numbered on the phase's own P_EXTENT x Q_EXTENT grid.
// TURNED: the window is read from its far corner.
//
// The lowering (src/kernels/lower/conv.ts) provides
//   functions   load_x(i), load_w(i): an element; finish(i, value): epilogue and store
//   constants   those below; TILE = TM * TN; CHAINS = TILE if LONG, else 1
//   sizes       COUNT workgroups; PARTS channel groups, IN and OUT channels each; H x W, P_EXTENT x Q_EXTENT and OUT_H x OUT_W
//               pixels, PIXELS outputs of a channel in the batch; R x S taps; STRIDE_*, PAD_*, DILATION_*, UP_*;
//               UNITS, SPAN, BLOCK; W_K and W_C, from one output and input channel of w to the next
const TM = 8u;
const TN = 8u;
const TILE = 64u;
const THREADS = 16u;
const PADDED = true;
const TURNED = false;
const PHASED = false;
const LONG = false;
const CHAINS = 1u;
const TURNS = 32u;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let flat = group.y * groups.x + group.x;
  if (flat >= COUNT) { return; }
  let blocks = (PIXELS + TN * THREADS - 1u) / (TN * THREADS);
  let channel_tiles = (OUT + TM - 1u) / TM;
  var tile = flat / blocks;
  let first = (flat - tile * blocks) * TN * THREADS + lane;
  if (first >= PIXELS) { return; }
  var phase_h = 0u;
  var phase_w = 0u;
  if (PHASED) {
    let phase = tile % (UP_H * UP_W);
    tile = tile / (UP_H * UP_W);
    phase_h = phase / UP_W;
    phase_w = phase % UP_W;
  }
  let part = tile / channel_tiles;
  let k0 = (tile - part * channel_tiles) * TM;
  var at: array<i32, TN>; // registers
  var top: array<i32, TN>; // registers
  var left: array<i32, TN>; // registers
  for (var j = 0u; j < TN; j++) { // unroll
    let pixel = min(first + j * THREADS, PIXELS - 1u);
    let n = pixel / (P_EXTENT * Q_EXTENT);
    let row = (pixel - n * P_EXTENT * Q_EXTENT) / Q_EXTENT;
    let column = pixel - (n * P_EXTENT + row) * Q_EXTENT;
    if (PHASED) {
      top[j] = i32(row);
      left[j] = i32(column);
    } else {
      top[j] = i32(row * STRIDE_H) - i32(PAD_TOP);
      left[j] = i32(column * STRIDE_W) - i32(PAD_LEFT);
    }
    at[j] = i32((n * PARTS + part) * IN * H * W) + top[j] * i32(W) + left[j];
  }
  var from_w: array<u32, TM>; // registers
  for (var i = 0u; i < TM; i++) { // unroll
    from_w[i] = part * OUT * IN * R * S + min(k0 + i, OUT - 1u) * W_K;
  }
  // The tile goes through an indexed array and loops that stay loops, so that the epilogue is compiled once and not TM * TN times.
  var tile_out: array<f32, TILE>;
  var chains: array<vec3f, CHAINS>;
  var turn = 0u;
  var next_c = 0u;
  var next_r = 0u;
  var next_s = 0u;
  for (var unit = 0u; unit < UNITS; unit += BLOCK) {
    let end = min(unit + BLOCK, UNITS);
    var acc: array<array<f32, TN>, TM>; // registers
    for (var at_unit = unit; at_unit < end; at_unit++) {
      let c = next_c;
      let r = next_r;
      let s_first = next_s;
      let s_end = min(s_first + SPAN, S);
      next_s = select(s_end, 0u, s_end == S);
      next_r += select(0u, 1u, s_end == S);
      next_c += select(0u, 1u, next_r == R);
      next_r = select(next_r, 0u, next_r == R);
      var down = i32(r * DILATION_H);
      if (PHASED) {
        let t = i32(phase_h + PAD_TOP) - down;
        if (t % i32(UP_H) != 0) { continue; }
        down = t / i32(UP_H);
      }
      for (var s = s_first; s < s_end; s++) {
        var across = i32(s * DILATION_W);
        if (PHASED) {
          let t = i32(phase_w + PAD_LEFT) - across;
          if (t % i32(UP_W) != 0) { continue; }
          across = t / i32(UP_W);
        }
        let step = (i32(c * H) + down) * i32(W) + across;
        var tx: array<f32, TN>; // registers
        if (PADDED) {
          for (var j = 0u; j < TN; j++) { // unroll
            let inside = u32(top[j] + down) < H && u32(left[j] + across) < W;
            tx[j] = select(0.0, load_x(u32(select(0, at[j] + step, inside))), inside);
          }
        } else {
          for (var j = 0u; j < TN; j++) { // unroll
            tx[j] = load_x(u32(at[j] + step));
          }
        }
        var tap = c * W_C + r * S + s;
        if (TURNED) { tap = c * W_C + R * S - 1u - r * S - s; }
        for (var i = 0u; i < TM; i++) { // unroll
          let w = load_w(from_w[i] + tap);
          for (var j = 0u; j < TN; j++) { // unroll
            acc[i][j] = fma(w, tx[j], acc[i][j]);
          }
        }
      }
    }
    // include add_block.wgsl
  }
  // include settle_tile.wgsl
  let rows = min(TM, OUT - k0);
  for (var j = 0u; j < TN; j++) { // rolled
    let pixel = first + j * THREADS;
    if (pixel >= PIXELS) { return; }
    let n = pixel / (P_EXTENT * Q_EXTENT);
    var inner = pixel - n * P_EXTENT * Q_EXTENT;
    var plane = P_EXTENT * Q_EXTENT;
    if (PHASED) {
      let h = inner / Q_EXTENT * UP_H + phase_h;
      let w = inner % Q_EXTENT * UP_W + phase_w;
      if (h >= OUT_H || w >= OUT_W) { continue; }
      inner = h * OUT_W + w;
      plane = OUT_H * OUT_W;
    }
    for (var i = 0u; i < rows; i++) { // rolled
      finish(((n * PARTS + part) * OUT + k0 + i) * plane + inner, tile_out[i * TN + j]);
    }
  }
}
