// C[b, m, n] = sum over k of A[b, m, k] B[b, k, n], for GPUs: through workgroup memory.
//
// A workgroup: 8 x 8 threads, ROWS x COLUMNS elements of C.
// A thread: RM x RN of them in registers. For every DEPTH steps of K:
//   1. All threads together load a tile of A and one of B into workgroup memory, as [k][m] and [k][n]; neighbouring threads load neighbours
//      in memory (A_ALONG_K, B_ALONG_K: those along K). What lies beyond an edge is 0. Barrier.
//   2. Each adds the DEPTH products of its elements to a new `acc`.
//   3. Each adds `acc` to its totals: a sum of blocks rounds less than one long chain. In LONG sums, what those
//      additions lose is kept. Barrier.
// At the end each hands its elements to `finish`.
//
// The lowering (src/kernels/lower/matmul.ts) provides
//   functions   load_a(i), load_b(i): an element; finish(i, value): epilogue and store
//   constants   those below; ROWS = 8 RM, COLUMNS = 8 RN; SIZE_A = ROWS * DEPTH, SIZE_B = COLUMNS * DEPTH
//   sizes       COUNT workgroups; M, N and K, extents; A_STEP, A_K and A_BATCH, from one element of A to the next along M, K and the batch
//               (0: one matrix for all); B_STEP, B_K and B_BATCH
const RM = 4u;
const RN = 4u;
const ROWS = 32u;
const COLUMNS = 32u;
const DEPTH = 32u;
const SIZE_A = 1024u;
const SIZE_B = 1024u;
const A_ALONG_K = true;
const B_ALONG_K = false;
const LONG = false;

var<workgroup> tile_a: array<f32, SIZE_A>;
var<workgroup> tile_b: array<f32, SIZE_B>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let flat = group.y * groups.x + group.x;
  if (flat >= COUNT) { return; }
  let across = (N + COLUMNS - 1u) / COLUMNS;
  let down = (M + ROWS - 1u) / ROWS;
  let batch = flat / (across * down);
  let within = flat - batch * across * down;
  let m0 = within / across * ROWS;
  let n0 = (within - within / across * across) * COLUMNS;
  let row = lane / 8u * RM;
  let column = lane % 8u * RN;
  var total: array<array<vec3f, RN>, RM>; // registers
  for (var k0 = 0u; k0 < K; k0 += DEPTH) {
    for (var e = lane; e < SIZE_A; e += 64u) {
      var m = e % ROWS;
      var k = e / ROWS;
      if (A_ALONG_K) {
        m = e / DEPTH;
        k = e % DEPTH;
      }
      let inside = m0 + m < M && k0 + k < K;
      let at = batch * A_BATCH + (m0 + m) * A_STEP + (k0 + k) * A_K;
      tile_a[k * ROWS + m] = select(0.0, load_a(select(0u, at, inside)), inside);
    }
    for (var e = lane; e < SIZE_B; e += 64u) {
      var n = e % COLUMNS;
      var k = e / COLUMNS;
      if (B_ALONG_K) {
        n = e / DEPTH;
        k = e % DEPTH;
      }
      let inside = n0 + n < N && k0 + k < K;
      let at = batch * B_BATCH + (n0 + n) * B_STEP + (k0 + k) * B_K;
      tile_b[k * COLUMNS + n] = select(0.0, load_b(select(0u, at, inside)), inside);
    }
    workgroupBarrier();
    var acc: array<array<f32, RN>, RM>; // registers
    for (var k = 0u; k < DEPTH; k++) {
      var tb: array<f32, RN>; // registers
      for (var j = 0u; j < RN; j++) { // unroll
        tb[j] = tile_b[k * COLUMNS + column + j];
      }
      for (var i = 0u; i < RM; i++) { // unroll
        let a = tile_a[k * ROWS + row + i];
        for (var j = 0u; j < RN; j++) { // unroll
          acc[i][j] = fma(a, tb[j], acc[i][j]);
        }
      }
    }
    for (var i = 0u; i < RM; i++) { // unroll
      for (var j = 0u; j < RN; j++) { // unroll
        if (LONG) { total[i][j] = plus_(total[i][j], acc[i][j]); } else { total[i][j].z += acc[i][j]; }
      }
    }
    workgroupBarrier();
  }
  for (var i = 0u; i < RM; i++) { // unroll
    for (var j = 0u; j < RN; j++) { // unroll
      if (m0 + row + i < M && n0 + column + j < N) {
        finish((batch * M + m0 + row + i) * N + n0 + column + j, select(total[i][j].z, settled_(total[i][j]), LONG));
      }
    }
  }
}
