// C[b, m, n] = sum over k of A[b, m, k] B[b, k, n]; either operand may be stored transposed.
// For adapters without fast workgroup memory. One axis of C lies along the lanes (L), the other along the tile (U): a thread computes
// TM neighbours along U and TN values along L, THREADS apart, so that lanes load neighbours. What varies along U only is the same for
// all threads of a workgroup: one load serves them all.
// One step of K at a time: drivers keep the TM * TN sums in order when nothing else is alive.
// A long sum is one of blocks, BLOCK terms each, which rounds less; where there are very many blocks (LONG), every TURNS of them are added
// up by themselves as well, and what those additions lose is kept.
// The lowering provides load_u, load_l and finish (epilogue and store); U_STEP, U_K, L_STEP, L_K are the distances of neighbours.
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
    for (var i = 0u; i < TM; i++) { // unroll
      for (var j = 0u; j < TN; j++) { // unroll
        tile_out[i * TN + j] += acc[i][j];
      }
    }
    if (LONG) {
      turn += 1u;
      if (turn == TURNS) {
        turn = 0u;
        for (var e = 0u; e < TILE; e++) { // rolled
          chains[e] = plus_(chains[e], tile_out[e]);
          tile_out[e] = 0.0;
        }
      }
    }
  }
  if (LONG) {
    for (var e = 0u; e < TILE; e++) { // rolled
      tile_out[e] = settled_(plus_(chains[e], tile_out[e]));
    }
  }
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
