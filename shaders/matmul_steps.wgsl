// shaders/matmul.wgsl for large products on SwiftShader, where an iteration of a loop costs much. It takes twice as long to compile.
//
// A workgroup and a thread have the same tiles as there. Another is
//   1. An iteration takes STEPS terms at once: it loads STEPS * TN values of L's operand, for each of the TM rows STEPS of U's, and adds up
//      the STEPS products of each element before it adds them to `acc`, so that blocks can be longer. Where K is RAGGED, the last terms
//      of the last iteration are zeros.
//
// The lowering (src/kernels/lower/matmul.ts) provides
//   functions   load_u(i), load_l(i), finish(i, value), as there
//   constants   those below, as there; STEPS; RAGGED: K % STEPS is not 0
//   sizes       COUNT, U, L, K, BLOCK, U_STEP, U_K, U_BATCH, L_STEP, L_K, L_BATCH, as there
const TM = 16u;
const TN = 8u;
const TILE = 128u;
const STEPS = 4u;
const RAGGED = true;
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
  var tile_out: array<f32, TILE>;
  var chains: array<vec3f, CHAINS>;
  var turn = 0u;
  for (var k0 = 0u; k0 < K; k0 += BLOCK) {
    let end = min(k0 + BLOCK, K);
    var acc: array<array<f32, TN>, TM>; // registers
    for (var k = k0; k < end; k += STEPS) {
      var tl: array<array<f32, TN>, STEPS>; // registers
      for (var s = 0u; s < STEPS; s++) { // unroll
        for (var j = 0u; j < TN; j++) { // unroll
          tl[s][j] = select(0.0, load_l(from_l[j] + (k + s) * L_K), !RAGGED || k + s < K);
        }
      }
      for (var i = 0u; i < TM; i++) { // unroll
        var tu: array<f32, STEPS>; // registers
        for (var s = 0u; s < STEPS; s++) { // unroll
          tu[s] = select(0.0, load_u(from_u[i] + (k + s) * U_K), !RAGGED || k + s < K);
        }
        for (var j = 0u; j < TN; j++) { // unroll
          var part = tu[0] * tl[0][j];
          for (var s = 1u; s < STEPS; s++) { // unroll
            part = fma(tu[s], tl[s][j], part);
          }
          acc[i][j] += part;
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
