// C[b, m, n] = sum over k of A[b, m, k] B[b, k, n]; either operand may be stored transposed.
// One thread: TM rows x TN columns in registers, 4 steps of K at a time, no workgroup memory.
// ROWS: a workgroup covers one tile of rows, so that loads of A are the same for all its threads; else tiles are dealt out flat.
// The lowering provides a4 and b4 (4 neighbours along the contiguous axis, clamped) and finish (epilogue and store).
const TM = 8u;
const TN = 8u;
const TM4 = 2u;
const TN4 = 2u;
const TILE = 64u;
const THREADS = 16u;
const ROWS = true;
const A_ALONG_K = true;
const B_ALONG_K = false;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let flat = group.y * groups.x + group.x;
  if (flat >= COUNT) { return; }
  let column_tiles = (N + TN - 1u) / TN;
  let row_tiles = (M + TM - 1u) / TM;
  var batch: u32;
  var m: u32;
  var n: u32;
  if (ROWS) {
    let blocks = (column_tiles + THREADS - 1u) / THREADS;
    batch = flat / (blocks * row_tiles);
    let within = flat - batch * blocks * row_tiles;
    let row = within / blocks;
    m = row * TM;
    n = ((within - row * blocks) * THREADS + lane) * TN;
    if (n >= N) { return; }
  } else {
    let tile = flat * THREADS + lane;
    batch = tile / (row_tiles * column_tiles);
    if (batch >= BATCHES) { return; }
    let within = tile - batch * row_tiles * column_tiles;
    let row = within / column_tiles;
    m = row * TM;
    n = (within - row * column_tiles) * TN;
  }
  let a_from = batch * A_BATCH;
  let b_from = batch * B_BATCH;
  var acc: array<array<vec4f, TN4>, TM>; // registers
  for (var k = 0u; k < K; k += 4u) {
    var ta: array<vec4f, TM>; // registers
    var tb: array<vec4f, TN>; // registers
    if (A_ALONG_K) {
      for (var i = 0u; i < TM; i++) { // unroll
        ta[i] = a4(a_from, min(m + i, M - 1u), k);
      }
    } else {
      for (var i = 0u; i < TM4; i++) { // unroll
        let r0 = a4(a_from, k, m + 4u * i);
        let r1 = a4(a_from, k + 1u, m + 4u * i);
        let r2 = a4(a_from, k + 2u, m + 4u * i);
        let r3 = a4(a_from, k + 3u, m + 4u * i);
        ta[4u*i] = vec4f(r0.x, r1.x, r2.x, r3.x);
        ta[4u*i+1u] = vec4f(r0.y, r1.y, r2.y, r3.y);
        ta[4u*i+2u] = vec4f(r0.z, r1.z, r2.z, r3.z);
        ta[4u*i+3u] = vec4f(r0.w, r1.w, r2.w, r3.w);
      }
    }
    // tb[4 h + kk]: columns 4h .. 4h+3 of row k + kk.
    if (B_ALONG_K) {
      for (var h = 0u; h < TN4; h++) { // unroll
        let c0 = b4(b_from, min(n + 4u * h, N - 1u), k);
        let c1 = b4(b_from, min(n + 4u * h + 1u, N - 1u), k);
        let c2 = b4(b_from, min(n + 4u * h + 2u, N - 1u), k);
        let c3 = b4(b_from, min(n + 4u * h + 3u, N - 1u), k);
        tb[4u*h] = vec4f(c0.x, c1.x, c2.x, c3.x);
        tb[4u*h+1u] = vec4f(c0.y, c1.y, c2.y, c3.y);
        tb[4u*h+2u] = vec4f(c0.z, c1.z, c2.z, c3.z);
        tb[4u*h+3u] = vec4f(c0.w, c1.w, c2.w, c3.w);
      }
    } else {
      for (var h = 0u; h < TN4; h++) { // unroll
        tb[4u*h] = b4(b_from, k, n + 4u * h);
        tb[4u*h+1u] = b4(b_from, k + 1u, n + 4u * h);
        tb[4u*h+2u] = b4(b_from, k + 2u, n + 4u * h);
        tb[4u*h+3u] = b4(b_from, k + 3u, n + 4u * h);
      }
    }
    for (var i = 0u; i < TM; i++) { // unroll
      for (var h = 0u; h < TN4; h++) { // unroll
        acc[i][h] = fma(vec4f(ta[i].x), tb[4u*h], acc[i][h]);
        acc[i][h] = fma(vec4f(ta[i].y), tb[4u*h+1u], acc[i][h]);
        acc[i][h] = fma(vec4f(ta[i].z), tb[4u*h+2u], acc[i][h]);
        acc[i][h] = fma(vec4f(ta[i].w), tb[4u*h+3u], acc[i][h]);
      }
    }
  }
  // The tile goes through an indexed array, so that the epilogue is compiled once and not TM * TN times.
  var tile_out: array<f32, TILE>;
  for (var i = 0u; i < TM; i++) { // unroll
    for (var h = 0u; h < TN4; h++) { // unroll
      tile_out[i * TN + 4u * h] = acc[i][h].x;
      tile_out[i * TN + 4u * h + 1u] = acc[i][h].y;
      tile_out[i * TN + 4u * h + 2u] = acc[i][h].z;
      tile_out[i * TN + 4u * h + 3u] = acc[i][h].w;
    }
  }
  let rows = min(TM, M - m);
  let columns = min(TN, N - n);
  for (var i = 0u; i < rows; i++) {
    for (var j = 0u; j < columns; j++) {
      finish((batch * M + m + i) * N + n + j, tile_out[i * TN + j]);
    }
  }
}
