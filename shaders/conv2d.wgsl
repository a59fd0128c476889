// y[n, k, p, q] = sum over c, r, s of x[n, c, p stride + r dilation - pad, ...] w[k, c, r, s], per channel group.
// One thread: TM output channels x TN output pixels in registers; a workgroup shares its channels, so that loads of w are uniform.
// The pixels of all images stand in one row (n, p, q); a thread takes every THREADS-th one, so that lanes load neighbours.
// UPSAMPLED: x stands for a tensor with UP_H - 1 zero rows between its rows (the input gradient of a strided convolution).
// The lowering provides load_x, load_w(output channel of the group, group, c, r, s) and finish (epilogue and store).
const TM = 8u;
const TN = 8u;
const TILE = 64u;
const THREADS = 16u;
const PADDED = true;
const UPSAMPLED = false;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let flat = group.y * groups.x + group.x;
  if (flat >= COUNT) { return; }
  let blocks = (PIXELS + TN * THREADS - 1u) / (TN * THREADS);
  let channel_tiles = (OUT + TM - 1u) / TM;
  let tile = flat / blocks;
  let first = (flat - tile * blocks) * TN * THREADS + lane;
  if (first >= PIXELS) { return; }
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
    top[j] = i32(row * STRIDE_H) - i32(PAD_TOP);
    left[j] = i32(column * STRIDE_W) - i32(PAD_LEFT);
    at[j] = i32((n * PARTS + part) * IN * H * W);
    if (!UPSAMPLED) { at[j] += top[j] * i32(W) + left[j]; }
  }
  var acc: array<array<f32, TN>, TM>; // registers
  for (var c = 0u; c < IN; c++) {
    for (var r = 0u; r < R; r++) {
      for (var s = 0u; s < S; s++) {
        var tx: array<f32, TN>; // registers
        if (UPSAMPLED) {
          for (var j = 0u; j < TN; j++) { // unroll
            let v = top[j] + i32(r * DILATION_H);
            let h = left[j] + i32(s * DILATION_W);
            let y = v / i32(UP_H);
            let x = h / i32(UP_W);
            let inside = v >= 0 && h >= 0 && y * i32(UP_H) == v && x * i32(UP_W) == h && y < i32(H) && x < i32(W);
            tx[j] = select(0.0, load_x(u32(select(0, at[j] + (i32(c) * i32(H) + y) * i32(W) + x, inside))), inside);
          }
        } else {
          let step = i32((c * H + r * DILATION_H) * W + s * DILATION_W);
          if (PADDED) {
            for (var j = 0u; j < TN; j++) { // unroll
              let inside = u32(top[j] + i32(r * DILATION_H)) < H && u32(left[j] + i32(s * DILATION_W)) < W;
              tx[j] = select(0.0, load_x(u32(select(0, at[j] + step, inside))), inside);
            }
          } else {
            for (var j = 0u; j < TN; j++) { // unroll
              tx[j] = load_x(u32(at[j] + step));
            }
          }
        }
        for (var i = 0u; i < TM; i++) { // unroll
          let w = load_w(min(k0 + i, OUT - 1u), part, c, r, s);
          for (var j = 0u; j < TN; j++) { // unroll
            acc[i][j] = fma(w, tx[j], acc[i][j]);
          }
        }
      }
    }
  }
  // The tile goes through an indexed array, so that the epilogue is compiled once and not TM * TN times.
  var tile_out: array<f32, TILE>;
  for (var i = 0u; i < TM; i++) { // unroll
    for (var j = 0u; j < TN; j++) { // unroll
      tile_out[i * TN + j] = acc[i][j];
    }
  }
  let rows = min(TM, OUT - k0);
  for (var j = 0u; j < TN; j++) {
    let pixel = first + j * THREADS;
    if (pixel >= PIXELS) { return; }
    let n = pixel / (P_EXTENT * Q_EXTENT);
    let inner = pixel - n * P_EXTENT * Q_EXTENT;
    for (var i = 0u; i < rows; i++) {
      finish(((n * PARTS + part) * OUT + k0 + i) * P_EXTENT * Q_EXTENT + inner, tile_out[i * TN + j]);
    }
  }
}
