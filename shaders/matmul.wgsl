// C[b, m, n] = sum over k of A[b, m, k] B[b, k, n]; either operand may be stored transposed. For adapters without fast workgroup memory.
// One axis of C lies along the threads (L), the other along the tile (U): m and n, or n and m (SWAPPED).
//
// A workgroup: TM neighbours along U, TN * THREADS along L. Loads of U's operand are the same for all its threads.
// A thread: TM neighbours along U x TN values along L in registers. The TN lie THREADS apart, so that neighbouring threads load neighbours.
//   1. For each k: loads TN values of L's operand, and for each of the TM rows one value of U's; adds the TM * TN products to `acc`. One
//      step of K at a time: drivers keep the sums in registers when little else is alive.
//   2. After each block of BLOCK terms, adds `acc` to the tile and begins a new `acc`: a sum of blocks rounds less than one long chain.
//      In LONG sums, every TURNS blocks are added to `chains`, which keep what their additions lose.
//   3. Hands each element of the tile to `finish`.
//
// The lowering (src/kernels/lower/matmul.ts) provides
//   functions   load_u(i), load_l(i): an element of either operand; finish(i, value): epilogue and store
//   constants   those below; TILE = TM * TN; CHAINS = TILE if LONG, else 1
//   sizes       COUNT workgroups; U, L and K, extents; BLOCK; U_STEP, U_K and U_BATCH, from one element of U's operand to the next along
//               U, K and the batch (0: one matrix for all); L_STEP, L_K and L_BATCH
const TM = 16u;
const TN = 8u;
const TILE = 128u;
const THREADS = 16u;
const SWAPPED = false;
const LONG = false;
const CHAINS = 1u;
const TURNS = 32u;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let flat = group.y * groups.x + group.x;
  if (flat >= COUNT) { return; }
  let parts = (L + TN * THREADS - 1u) / (TN * THREADS);
  let tiles = (U + TM - 1u) / TM;
  let batch = flat / (parts * tiles);
  let within = flat - batch * parts * tiles;
  let tile = within / parts;
  let u = tile * TM;
  let l = (within - tile * parts) * TN * THREADS + lane;
  var from_u: array<u32, TM>; // registers
  for (var i = 0u; i < TM; i++) { // unroll
    from_u[i] = batch * U_BATCH + min(u + i, U - 1u) * U_STEP;
  }
  var from_l: array<u32, TN>; // registers
  for (var j = 0u; j < TN; j++) { // unroll
    from_l[j] = batch * L_BATCH + min(l + j * THREADS, L - 1u) * L_STEP;
  }
  // The tile leaves through an indexed array, so that the epilogue is compiled once and not TM * TN times.
  var tile_out: array<f32, TILE>;
  var chains: array<vec3f, CHAINS>;
  var turn = 0u;
  for (var k0 = 0u; k0 < K; k0 += BLOCK) {
    let end = min(k0 + BLOCK, K);
    var acc: array<array<f32, TN>, TM>; // registers
    for (var k = k0; k < end; k++) {
      var tl: array<f32, TN>; // registers
      for (var j = 0u; j < TN; j++) { // unroll
        tl[j] = load_l(from_l[j] + k * L_K);
      }
      for (var i = 0u; i < TM; i++) { // unroll
        let value = load_u(from_u[i] + k * U_K);
        for (var j = 0u; j < TN; j++) { // unroll
          acc[i][j] = fma(value, tl[j], acc[i][j]);
        }
      }
    }
    // include add_block.wgsl
  }
  // include settle_tile.wgsl
  let rows = min(TM, U - u);
  for (var i = 0u; i < rows; i++) { // rolled
    for (var j = 0u; j < TN; j++) { // rolled
      let at = l + j * THREADS;
      if (at >= L) { break; }
      if (SWAPPED) {
        finish((batch * L + at) * U + u + i, tile_out[i * TN + j]);
      } else {
        finish((batch * U + u + i) * L + at, tile_out[i * TN + j]);
      }
    }
  }
}
