// y[n, k, p, q] = sum over c, r, s of x[n, c, p + r dilation - pad, q + s - pad] w[k, c, r, s]: stride 1, no dilation along a row.
// Also the input gradient at stride 1 (TURNED: the window is read from its far corner).
//
// A workgroup: THREADS threads, one tile of TM output channels. Loads of w are the same for all its threads.
// A thread: TM channels x TN neighbouring pixels of one row in registers.
//   1. For each unit, up to SPAN taps of one row of one input channel: loads the first TN values of that row of x.
//   2. For each tap of the unit: adds TM * TN products to `acc`, moves the row of x along by one register and loads one new value.
//   3. After each block of BLOCK units, adds `acc` to the tile and begins a new `acc`: a sum of blocks rounds less than one long chain.
//      In LONG sums, every TURNS blocks are added to `chains`, which keep what their additions lose.
//   4. Hands each element of the tile to `finish`.
// Addresses that do not change in a loop are computed before it by hand: not every driver does that.
//
// The lowering (src/kernels/lower/conv.ts) provides
//   functions   load_x(i), load_w(i): an element; finish(i, value): epilogue and store
//   constants   those below; TN_LAST = TN - 1; TILE = TM * TN; CHAINS = TILE if LONG, else 1
//   sizes       COUNT workgroups; BATCH images of PARTS channel groups, IN and OUT channels each; H x W and P_EXTENT x Q_EXTENT pixels;
//               R x S taps; PAD_*, DILATION_H; UNITS, SPAN, BLOCK; W_K and W_C, from one output and input channel of w to the next
const TM = 8u;
const TN = 8u;
const TN_LAST = 7u;
const TILE = 64u;
const THREADS = 16u;
const PADDED = true;
const TURNED = false;
const LONG = false;
const CHAINS = 1u;
const TURNS = 32u;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let flat = group.y * groups.x + group.x;
  if (flat >= COUNT) { return; }
  let tiles_q = (Q_EXTENT + TN - 1u) / TN;
  let tiles = BATCH * P_EXTENT * tiles_q;
  let blocks = (tiles + THREADS - 1u) / THREADS;
  let channel_tiles = (OUT + TM - 1u) / TM;
  let band = flat / blocks;
  let tile = (flat - band * blocks) * THREADS + lane;
  if (tile >= tiles) { return; }
  let part = band / channel_tiles;
  let k0 = (band - part * channel_tiles) * TM;
  let n = tile / (P_EXTENT * tiles_q);
  let within = tile - n * P_EXTENT * tiles_q;
  let p = within / tiles_q;
  let q0 = (within - p * tiles_q) * TN;
  let left = i32(q0) - i32(PAD_LEFT);
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
      let plane = i32(((n * PARTS + part) * IN + c) * H * W);
      let h = i32(p + r * DILATION_H) - i32(PAD_TOP);
      if (PADDED) {
        if (u32(h) >= H) { continue; }
      }
      let from_row = plane + h * i32(W) + left + i32(s_first);
      var tx: array<f32, TN>; // registers
      for (var j = 0u; j < TN; j++) { // unroll
        if (PADDED) {
          let inside = u32(left + i32(s_first + j)) < W;
          tx[j] = select(0.0, load_x(u32(select(0, from_row + i32(j), inside))), inside);
        } else {
          tx[j] = load_x(u32(from_row + i32(j)));
        }
      }
      var tap = c * W_C + r * S + s_first;
      if (TURNED) { tap = c * W_C + R * S - 1u - r * S - s_first; }
      for (var s = s_first; s < s_end; s++) {
        for (var i = 0u; i < TM; i++) { // unroll
          let w = load_w(from_w[i] + tap);
          for (var j = 0u; j < TN; j++) { // unroll
            acc[i][j] = fma(w, tx[j], acc[i][j]);
          }
        }
        if (TURNED) { tap -= 1u; } else { tap += 1u; }
        for (var j = 0u; j < TN_LAST; j++) { // unroll
          tx[j] = tx[j+1u];
        }
        let column = left + i32(TN + s);
        if (PADDED) {
          let inside = u32(column) < W;
          tx[TN_LAST] = select(0.0, load_x(u32(select(0, from_row + i32(TN + s - s_first), inside))), inside);
        } else {
          tx[TN_LAST] = load_x(u32(from_row + i32(TN + s - s_first)));
        }
      }
    }
    // include add_block.wgsl
  }
  // include settle_tile.wgsl
  let rows = min(TM, OUT - k0);
  let columns = min(TN, Q_EXTENT - q0);
  for (var i = 0u; i < rows; i++) { // rolled
    let to = (((n * PARTS + part) * OUT + k0 + i) * P_EXTENT + p) * Q_EXTENT + q0;
    for (var j = 0u; j < columns; j++) { // rolled
      finish(to + j, tile_out[i * TN + j]);
    }
  }
}
