// Made from shaders/ by `npm run shaders`; do not edit.

/** Every shader source, by its path without the extension. */
export const SHADERS = {
  "conv2d": `const TM = 8u;
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
`,
  "conv2d_depthwise": `const THREADS = 64u;
const TN = 8u;
const ROWS = 2u;
const R = 3u;
const S = 3u;
const TAPS = 9u;
const STRIDE_H = 1u;
const STRIDE = 1u;
const LEFT = 1u;
const RIGHT = 1u;
const COLUMNS = 10u;
const FOURS = 2u;
const INPUT_ROWS = 4u;
const TOTALS = 16u;
const GROUPS = 2u;
const ALIGNED = true;
const WHOLE = true;
const TURNED = false;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let strip = (group.y * groups.x + group.x) * THREADS + lane;
  if (strip >= COUNT) { return; }
  let line = strip / STRIPS;
  let q = (strip - line * STRIPS) * TN;
  let plane = line / BANDS;
  let p = (line - plane * BANDS) * ROWS;
  let n = plane / K;
  let k = plane - n * K;
  let from_plane = (n * C + k / MULTIPLIER) * H * W;
  let first = q * STRIDE;
  let top = i32(p * STRIDE_H) - i32(PAD_TOP);
  var weight: array<f32, TAPS>; // registers
  for (var t = 0u; t < TAPS; t++) { // unroll
    weight[t] = load_w(k * TAPS + select(t, TAPS - 1u - t, TURNED));
  }
  var column: array<u32, COLUMNS>; // registers
  var there: array<bool, COLUMNS>; // registers
  for (var c = 0u; c < COLUMNS; c++) { // unroll
    let w = i32(first + c) - i32(LEFT);
    there[c] = u32(w) < W;
    column[c] = u32(clamp(w, 0, i32(W) - 1));
  }
  var total: array<f32, TOTALS>; // registers
  for (var t = 0u; t < TOTALS; t++) { // unroll
    total[t] = 0.0;
  }
  var value: array<f32, COLUMNS>; // registers
  for (var i = 0u; i < INPUT_ROWS; i++) { // unroll
    let h = top + i32(i);
    let inside = u32(h) < H;
    let from_row = from_plane + u32(clamp(h, 0, i32(H) - 1)) * W;
    if (ALIGNED) {
      for (var c = 0u; c < LEFT; c++) { // unroll
        value[c] = select(0.0, load_x(from_row + column[c]), inside && there[c]);
      }
      for (var g = 0u; g < FOURS; g++) { // unroll
        let four = select(vec4f(), load_x4(from_row + first + 4u * g), inside);
        value[LEFT + g * 4] = four.x;
        value[LEFT + g * 4 + 1] = four.y;
        value[LEFT + g * 4 + 2] = four.z;
        value[LEFT + g * 4 + 3] = four.w;
      }
      for (var c = 0u; c < RIGHT; c++) { // unroll
        value[LEFT + FOURS * 4 + c] = select(0.0, load_x(from_row + column[LEFT + FOURS * 4 + c]), inside && there[LEFT + FOURS * 4 + c]);
      }
    } else {
      for (var c = 0u; c < COLUMNS; c++) { // unroll
        value[c] = select(0.0, load_x(from_row + column[c]), inside && there[c]);
      }
    }
    for (var a = 0u; a < ROWS; a++) { // unroll
      for (var r = 0u; r < R; r++) { // unroll
        // Constants: is this the row of x that tap r of output row a meets?
        if (a * STRIDE_H + r == i) {
          for (var t = 0u; t < TN; t++) { // unroll
            for (var s = 0u; s < S; s++) { // unroll
              total[a * TN + t] += value[t * STRIDE + s] * weight[r * S + s];
            }
          }
        }
      }
    }
  }
  for (var a = 0u; a < ROWS; a++) { // unroll
    let to = (plane * P_EXTENT + p + a) * Q_EXTENT + q;
    if (p + a < P_EXTENT) {
      if (WHOLE) {
        for (var g = 0u; g < GROUPS; g++) { // unroll
          finish4(to + 4u * g, vec4f(total[a * TN + g * 4], total[a * TN + g * 4 + 1], total[a * TN + g * 4 + 2], total[a * TN + g * 4 + 3]));
        }
      } else {
        for (var t = 0u; t < TN; t++) { // unroll
          if (q + t < Q_EXTENT) { finish(to + t, total[a * TN + t]); }
        }
      }
    }
  }
}
`,
  "conv2d_row": `const TM = 8u;
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
  let rows = min(TM, OUT - k0);
  let columns = min(TN, Q_EXTENT - q0);
  for (var i = 0u; i < rows; i++) { // rolled
    let to = (((n * PARTS + part) * OUT + k0 + i) * P_EXTENT + p) * Q_EXTENT + q0;
    for (var j = 0u; j < columns; j++) { // rolled
      finish(to + j, tile_out[i * TN + j]);
    }
  }
}
`,
  "conv2d_weight_grad": `const TM = 8u;
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
`,
  "conv2d_weight_grad_window": `const TM = 4u;
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
`,
  "fold": `const THREADS = 32u;

fn first_tap(bottom: u32, divisor: u32, inverse: u32, step: u32, taps: u32) -> u32 {
  let reduced = bottom / divisor;
  return select(taps, (reduced % step) * inverse % step, reduced * divisor == bottom);
}

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.y * groups.x + group.x) * THREADS + lane;
  if (item >= COUNT) { return; }
  let share = item / PIXELS;
  let pixel = item - share * PIXELS;
  let n = pixel / (H * W);
  let inner = pixel - n * H * W;
  let row = inner / W;
  let bottom = row + PAD_TOP;
  let right = inner - row * W + PAD_LEFT;
  let r_first = first_tap(bottom, G_H, INVERSE_H, TAP_STEP_H, R);
  let s_first = first_tap(right, G_W, INVERSE_W, TAP_STEP_W, S);
  let p_first = (i32(bottom) - i32(r_first * DILATION_H)) / i32(STRIDE_H);
  let q_first = (i32(right) - i32(s_first * DILATION_W)) / i32(STRIDE_W);
  // From one tap to the next along each axis; indices outside of y wrap around and are not read.
  let step_h = TAP_STEP_H * S * ROW_STEP - WINDOW_STEP_H * Q_EXTENT * COLUMN_STEP;
  let step_w = TAP_STEP_W * ROW_STEP - WINDOW_STEP_W * COLUMN_STEP;
  let start = n * IMAGE_STEP + (r_first * S + s_first) * ROW_STEP + u32(p_first * i32(Q_EXTENT) + q_first) * COLUMN_STEP;
  let first = share * CHANNELS;
  let last = min(first + CHANNELS, C);
  for (var c = first; c < last; c++) {
    var from_row = start + c * R * S * ROW_STEP;
    var total = vec3f();
    var p = p_first;
    for (var r = r_first; r < R; r += TAP_STEP_H) {
      let across = select(0u, Q_EXTENT, u32(p) < P_EXTENT);
      var at = from_row;
      var q = q_first;
      for (var s = s_first; s < S; s += TAP_STEP_W) {
        let inside = u32(q) < across;
        total = plus_(total, select(0.0, load_y(select(0u, at, inside)), inside));
        q -= i32(WINDOW_STEP_W);
        at += step_w;
      }
      p -= i32(WINDOW_STEP_H);
      from_row += step_h;
    }
    finish((n * C + c) * H * W + inner, settled_(total));
  }
}
`,
  "lib/math": `
fn fixed_(x: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(x) & 0xfffffffeu);
}

fn infinity_(x: f32) -> f32 {
  return bitcast<f32>((bitcast<u32>(x) & 0u) | 0x7f800000u);
}

fn nan_(x: f32) -> f32 {
  return bitcast<f32>((bitcast<u32>(x) & 0u) | 0x7fc00000u);
}

fn is_finite_(x: f32) -> i32 {
  return select(0, 1, (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u);
}

fn relu_(x: f32) -> f32 {
  return select(x, 0.0, x <= 0.0);
}

fn power_of_two_(k: i32) -> f32 {
  return bitcast<f32>(u32(k + 127) << 23u);
}

fn exponent_(x: f32) -> i32 {
  return bitcast<i32>(clamp(x * 1.44269504, -150.0, 128.0) + 12582912.0) - 0x4b400000;
}

fn exp_rest_(x: f32, k: i32) -> f32 {
  return fixed_(x - f32(k) * 0.693359375) + f32(k) * 2.12194440e-4;
}

fn expm1_near_(r: f32) -> f32 {
  let p = ((((1.9875691500e-4 * r + 1.3981999507e-3) * r + 8.3334519073e-3) * r + 4.1665795894e-2) * r + 1.6666665459e-1) * r;
  return (p + 5.0000001201e-1) * (r * r) + r;
}

fn exp_(x: f32) -> f32 {
  let k = exponent_(x);
  let half = k >> 1u;
  let y = (expm1_near_(exp_rest_(x, k)) + 1.0) * power_of_two_(half) * power_of_two_(k - half);
  return select(y, 0.0, x < -103.97);
}

fn expm1_(x: f32) -> f32 {
  let k = max(exponent_(x), -60);
  let s = power_of_two_(k - 1);
  let y = 2.0 * (s * expm1_near_(exp_rest_(x, k)) + (s - 0.5));
  return select(select(y, infinity_(x), x > 88.7228317), -1.0, x < -17.5);
}

fn log_near_(f: f32, e: f32) -> f32 {
  let low = ((7.0376836292e-2 * f - 1.1514610310e-1) * f + 1.1676998740e-1) * f - 1.2420140846e-1;
  let high = ((((low * f + 1.4249322787e-1) * f - 1.6668057665e-1) * f + 2.0000714765e-1) * f - 2.4999993993e-1) * f + 3.3333331174e-1;
  let z = f * f;
  let tail = high * f * z - e * 2.12194440e-4;
  return (f + (tail - 0.5 * z)) + e * 0.693359375;
}

fn normal_bits_(x: f32) -> i32 {
  let bits = bitcast<i32>(x);
  return select(bits, bitcast<i32>(f32(bits)), bits < 0x00800000);
}

fn enlarged_(x: f32) -> i32 {
  return select(0, 149, bitcast<i32>(x) < 0x00800000);
}

fn log_special_(y: f32, x: f32) -> f32 {
  let kept = select(x, y, (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u);
  let real = select(kept, nan_(x), bitcast<u32>(x) > 0x80000000u);
  return select(real, -infinity_(x), (bitcast<u32>(x) & 0x7fffffffu) == 0u);
}

fn log_(x: f32) -> f32 {
  let bits = normal_bits_(x) - 0x3f3504f3;
  let m = bitcast<f32>((bits & 0x7fffff) + 0x3f3504f3);
  return log_special_(log_near_(m - 1.0, f32((bits >> 23u) - enlarged_(x))), x);
}

fn log1p_(x: f32) -> f32 {
  let u = fixed_(1.0 + x);
  let lost = select(x - (u - 1.0), 0.0, x > 1e9);
  let bits = bitcast<i32>(u) - 0x3f3504f3;
  let e = bits >> 23u;
  let m = bitcast<f32>((bits & 0x7fffff) + 0x3f3504f3);
  return log_special_(log_near_((m - 1.0) + lost * power_of_two_(clamp(-e, -126, 126)), f32(e)), u);
}

fn tanh_(x: f32) -> f32 {
  let a = select(abs(x), 10.0, abs(x) > 10.0);
  let k = exponent_(2.0 * a);
  let s = power_of_two_(k);
  let t = s * expm1_near_(exp_rest_(2.0 * a, k)) + (s - 1.0);
  let y = t / (t + 2.0);
  return select(y, -y, x < 0.0);
}

fn sigmoid_(x: f32) -> f32 {
  let e = exp_(-abs(x));
  let y = 1.0 / (1.0 + e);
  return select(y, e * y, x < 0.0);
}

fn softplus_(x: f32) -> f32 {
  return max(x, 0.0) + log1p_(exp_(-abs(x)));
}

fn erf_(x: f32) -> f32 {
  let a = select(abs(x), 4.0, abs(x) > 4.0);
  let s = a * a;
  let high = (-1.72853470e-5 * a + 3.83197126e-4) * s + (-3.88396438e-3 * a + 2.42546219e-2);
  let power = (((high * a - 1.06777877e-1) * a - 6.34846687e-1) * a - 1.28717512e-1) * a - a;
  let far = 1.0 - exp_(power);
  let low = ((-5.96761703e-4 * s + 4.99119423e-3) * s - 2.67681349e-2) * s + 1.12819925e-1;
  let near = ((low * s - 3.76125336e-1) * s + 1.28379166e-1) * x + x;
  return select(near, select(far, -far, x < 0.0), a > 0.927734375);
}

fn angle_rest_(x: f32, k: f32) -> f32 {
  return ((fixed_(x - k * 1.5703125) - k * 4.837512969970703125e-4) - k * 7.549533620e-08) - k * 2.563344152e-12;
}

fn sin_near_(r: f32) -> f32 {
  let z = r * r;
  return ((-1.9515295891e-4 * z + 8.3321608736e-3) * z - 1.6666654611e-1) * z * r + r;
}

fn cos_near_(r: f32) -> f32 {
  let z = r * r;
  return ((2.443315711809948e-5 * z - 1.388731625493765e-3) * z + 4.166664568298827e-2) * z * z - 0.5 * z + 1.0;
}

fn sine_near_(r: f32, quadrant: i32) -> f32 {
  let y = select(sin_near_(r), cos_near_(r), (quadrant & 1) != 0);
  return select(y, -y, (quadrant & 2) != 0);
}

fn sine_small_(x: f32, turns: i32) -> f32 {
  let k = floor(x * 0.636619772 + 0.5);
  return sine_near_(angle_rest_(x, k), i32(k) + turns);
}

const TWO_OVER_PI = array<u32, 8>(0u, 0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u, 0x3c439041u, 0xfe5163abu);

fn two_over_pi_(first: u32) -> vec3u {
  let i = first >> 5u;
  let up = 1u << (first & 31u);
  let shift = vec3u(31u - (first & 31u));
  let words = vec4u(TWO_OVER_PI[i], TWO_OVER_PI[i + 1u], TWO_OVER_PI[i + 2u], TWO_OVER_PI[i + 3u]);
  return (words.xyz * up) | ((words.yzw >> vec3u(1u)) >> shift);
}

fn upper_product_(a: u32, b: u32) -> u32 {
  let across = (a >> 16u) * (b & 0xffffu);
  let down = (a & 0xffffu) * (b >> 16u);
  return (a >> 16u) * (b >> 16u) + (across >> 16u) + (((((a & 0xffffu) * (b & 0xffffu)) >> 16u) + (across & 0xffffu) + down) >> 16u);
}

fn large_angle_(x: f32) -> vec2f {
  let bits = bitcast<u32>(x) & 0x7fffffffu;
  let m = (bits & 0x7fffffu) | 0x800000u;
  let window = two_over_pi_((bits >> 23u) - 120u);
  let carried = upper_product_(window.z, m);
  let low = window.y * m + carried;
  let high = window.x * m + upper_product_(window.y, m) + select(0u, 1u, low < carried);
  // As a signed number the fraction of a quarter turn is that to the nearest one.
  let rest = bitcast<i32>((high << 2u) | (low >> 30u));
  let quadrant = (high >> 30u) + (bitcast<u32>(rest) >> 31u);
  return vec2f((f32(rest) + f32(low << 2u) * 2.3283064365386963e-10) * 3.657295198167899e-10, f32(quadrant));
}

fn sine_(x: f32, turns: i32) -> f32 {
  var k = floor(x * 0.636619772 + 0.5);
  var r = angle_rest_(x, k);
  if (abs(x) > 1e4) {
    let angle = large_angle_(x);
    r = select(select(angle.x, -angle.x, x < 0.0), nan_(x), is_finite_(x) == 0);
    k = select(angle.y, -angle.y, x < 0.0);
  }
  return sine_near_(r, i32(k) + turns);
}

fn sin_(x: f32) -> f32 {
  return sine_(x, 0);
}

fn cos_(x: f32) -> f32 {
  return sine_(x, 1);
}

fn sqrt_(x: f32) -> f32 {
  return select(sqrt(x), x, x == 0.0);
}

fn rsqrt_(x: f32) -> f32 {
  return 1.0 / sqrt_(x);
}

fn log2_parts_(x: f32) -> vec2f {
  let bits = normal_bits_(x);
  let j = bits & 0x7fffff;
  let n = (bits >> 23u) - 127 - enlarged_(x) + select(0, 1, j >= 0x5db3d7);
  let upper = (j > 0x1cc471) & (j < 0x5db3d7);
  let m = bitcast<f32>(select(j | 0x3f800000, j | 0x3f000000, j >= 0x5db3d7));
  let b = select(1.0, 1.5, upper);
  let v = 1.0 / (m + b);
  let u = m - b;
  let s = u * v;
  let s_high = high_bits_(s);
  let t_high = high_bits_(m + b);
  let t_low = m - (t_high - b);
  let s_low = v * ((u - s_high * t_high) - s_high * t_low);
  let q = s * s;
  let series = ((((2.0697501302e-1 * q + 2.3066075146e-1) * q + 2.7272811532e-1) * q + 3.3333334327e-1) * q + 4.2857143283e-1) * q + 6.0000002384e-1;
  let tail = q * q * series + s_low * (s_high + s);
  let square = s_high * s_high;
  let sum = high_bits_(3.0 + square + tail);
  let lost = tail - ((sum - 3.0) - square);
  let left = s_high * sum;
  let right = s_low * sum + lost * s;
  let p_high = high_bits_(left + right);
  let p_low = right - (p_high - left);
  // 2 / (3 log 2) and log2 3/2, in two parts each.
  let z_high = 9.6191406250e-1 * p_high;
  let z_low = -1.1736857402e-4 * p_high + p_low * 9.6179670095e-1 + select(0.0, 1.56322085e-6, upper);
  let base = select(0.0, 5.84960938e-1, upper);
  let first = high_bits_(((z_high + z_low) + base) + f32(n));
  return vec2f(first, z_low - (((first - f32(n)) - base) - z_high));
}

fn high_bits_(x: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u);
}

fn power_(x: f32, exponent: f32) -> f32 {
  let y = clamp(exponent, -4294967296.0, 4294967296.0);
  let log = log2_parts_(x);
  let whole = high_bits_(y) * log.x;
  let rest = (y - high_bits_(y)) * log.x + y * log.y;
  let n = clamp(floor(whole + rest + 0.5), -150.0, 129.0);
  let half = i32(n) >> 1u;
  let scaled = (expm1_near_(((whole - n) + rest) * 0.693147181) + 1.0) * power_of_two_(half) * power_of_two_(i32(n) - half);
  return select(select(scaled, infinity_(x), whole + rest >= 128.0), 0.0, whole + rest < -150.0);
}

fn pow_(x: f32, y: f32) -> f32 {
  let a = abs(x);
  let at_zero = select(infinity_(x), 0.0, y > 0.0);
  let at_infinity = select(0.0, infinity_(x), y > 0.0);
  let inner = select(power_(a, y), at_zero, bitcast<u32>(a) == 0u);
  let size = select(inner, at_infinity, bitcast<u32>(a) == 0x7f800000u);
  let is_whole = floor(y) == y;
  let is_odd = is_whole & (floor(y * 0.5) != y * 0.5);
  let signed = select(size, -size, is_odd & (bitcast<u32>(x) >= 0x80000000u));
  let undefined = ((bitcast<u32>(x) > 0x80000000u) & (is_finite_(x) != 0) & !is_whole) | is_nan_(x) | is_nan_(y);
  return select(select(select(signed, x, y == 1.0), nan_(x), undefined), 1.0, (x == 1.0) | (y == 0.0));
}
`,
  "lib/order": `
fn is_nan_(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

fn larger_(a: f32, b: f32) -> f32 {
  return select(b, a, (a > b) | is_nan_(a));
}

fn smaller_(a: f32, b: f32) -> f32 {
  return select(b, a, (a < b) | is_nan_(a));
}

fn sign_(x: f32) -> f32 {
  return select(select(x, 1.0, x > 0.0), -1.0, x < 0.0);
}

fn at_most_(x: f32, most: f32) -> f32 {
  return select(x, most, x >= most);
}

fn truncated_(x: f32) -> i32 {
  return select(i32(x), 0, is_nan_(x));
}
`,
  "lib/random": `
fn rotate_(x: u32, by: u32) -> u32 {
  return (x << by) | (x >> (32u - by));
}

fn four_rounds_(x: vec2u, by: vec4u) -> vec2u {
  var a = x.x + x.y;
  var b = rotate_(x.y, by.x) ^ a;
  a += b;
  b = rotate_(b, by.y) ^ a;
  a += b;
  b = rotate_(b, by.z) ^ a;
  a += b;
  b = rotate_(b, by.w) ^ a;
  return vec2u(a, b);
}

fn threefry2x32(key: vec2u, counter: vec2u) -> vec2u {
  let third = 0x1bd11bdau ^ key.x ^ key.y;
  let even = vec4u(13u, 15u, 26u, 6u);
  let odd = vec4u(17u, 29u, 16u, 24u);
  var x = four_rounds_(counter + key, even);
  x = four_rounds_(x + vec2u(key.y, third + 1u), odd);
  x = four_rounds_(x + vec2u(third, key.x + 2u), even);
  x = four_rounds_(x + vec2u(key.x, key.y + 3u), odd);
  x = four_rounds_(x + vec2u(key.y, third + 4u), even);
  return x + vec2u(third, key.x + 5u);
}

fn uniform_(bits: vec2u) -> f32 {
  return f32(bits.x >> 8u) * 5.9604644775390625e-8;
}

fn normal_(bits: vec2u) -> f32 {
  let radius = sqrt_(-2.0 * log_(f32((bits.x >> 8u) + 1u) * 5.9604644775390625e-8));
  return radius * sine_small_(6.283185307 * uniform_(vec2u(bits.y, 0u)), 1);
}
`,
  "lib/sum": `
fn plus_(total: vec3f, x: f32) -> vec3f {
  let term = x + total.y;
  let sum = fixed_(total.x + term);
  return vec3f(sum, term - (sum - total.x), total.z + x);
}

fn settled_(total: vec3f) -> f32 {
  return select(total.z, total.x + total.y, is_finite_(total.z) != 0);
}
`,
  "matmul": `const TM = 16u;
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
`,
  "matmul_steps": `const TM = 16u;
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
`,
  "matmul_tiled": `const RM = 4u;
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
`,
  "max_pool_index": `const THREADS = 64u;
const PADDED = true;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * THREADS + lane;
  if (i >= SIZE) { return; }
  let plane = i / (P_EXTENT * Q_EXTENT);
  let p = (i - plane * P_EXTENT * Q_EXTENT) / Q_EXTENT;
  let q = i - (plane * P_EXTENT + p) * Q_EXTENT;
  let top = i32(p * STRIDE_H) - i32(PAD_TOP);
  let left = i32(q * STRIDE_W) - i32(PAD_LEFT);
  let from_plane = plane * H * W;
  var best = -1;
  var most = 0.0;
  for (var r = 0u; r < R; r++) {
    let h = top + i32(r * DILATION_H);
    for (var s = 0u; s < S; s++) {
      let w = left + i32(s * DILATION_W);
      let at = h * i32(W) + w;
      var better = best < 0;
      var value = 0.0;
      if (PADDED) {
        let inside = u32(h) < H && u32(w) < W;
        value = load_x(from_plane + u32(select(0, at, inside)));
        better = inside & (better | (value > most) | is_nan_(value));
      } else {
        value = load_x(from_plane + u32(at));
        better = better | (value > most) | is_nan_(value);
      }
      best = select(best, at, better);
      most = select(most, value, better);
    }
  }
  finish(i, best, most);
}
`,
  "max_pool_strip": `const THREADS = 64u;
const TN = 4u;
const S = 3u;
const STRIDE = 2u;
const LEFT = 1u;
const RIGHT = 0u;
const COLUMNS = 9u;
const FOURS = 2u;
const ALIGNED = true;
const INDEXED = true;
const WHOLE = true;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let strip = (group.y * groups.x + group.x) * THREADS + lane;
  if (strip >= COUNT) { return; }
  let line = strip / STRIPS;
  let q = (strip - line * STRIPS) * TN;
  let plane = line / P_EXTENT;
  let top = i32((line - plane * P_EXTENT) * STRIDE_H) - i32(PAD_TOP);
  let from_plane = plane * H * W;
  let first = q * STRIDE;
  var column: array<u32, COLUMNS>; // registers
  for (var c = 0u; c < COLUMNS; c++) { // unroll
    column[c] = u32(clamp(i32(first + c) - i32(LEFT), 0, i32(W) - 1));
  }
  var value: array<f32, COLUMNS>; // registers
  var most: array<f32, TN>; // registers
  var best: array<u32, TN>; // registers
  for (var t = 0u; t < TN; t++) { // unroll
    most[t] = 0.0;
    best[t] = 0u;
  }
  for (var r = 0u; r < R; r++) {
    let row = u32(clamp(top + i32(r), 0, i32(H) - 1)) * W;
    let from_row = from_plane + row;
    if (ALIGNED) {
      for (var c = 0u; c < LEFT; c++) { // unroll
        value[c] = load_x(from_row + column[c]);
      }
      for (var g = 0u; g < FOURS; g++) { // unroll
        let four = load_x4(from_row + first + 4u * g);
        value[LEFT + g * 4] = four.x;
        value[LEFT + g * 4 + 1] = four.y;
        value[LEFT + g * 4 + 2] = four.z;
        value[LEFT + g * 4 + 3] = four.w;
      }
      for (var c = 0u; c < RIGHT; c++) { // unroll
        value[LEFT + FOURS * 4 + c] = load_x(from_row + column[LEFT + FOURS * 4 + c]);
      }
    } else {
      for (var c = 0u; c < COLUMNS; c++) { // unroll
        value[c] = load_x(from_row + column[c]);
      }
    }
    for (var t = 0u; t < TN; t++) { // unroll
      for (var s = 0u; s < S; s++) { // unroll
        let better = ((r == 0u) & (s == 0u)) | (value[t * STRIDE + s] > most[t]) | is_nan_(value[t * STRIDE + s]);
        if (INDEXED) { best[t] = select(best[t], row + column[t * STRIDE + s], better); }
        most[t] = select(most[t], value[t * STRIDE + s], better);
      }
    }
  }
  let to = line * Q_EXTENT + q;
  if (WHOLE) {
    finish4(to, vec4i(vec4u(best[0], best[1], best[2], best[3])), vec4f(most[0], most[1], most[2], most[3]));
  } else {
    for (var t = 0u; t < TN; t++) { // unroll
      if (q + t < Q_EXTENT) { finish(to + t, i32(best[t]), most[t]); }
    }
  }
}
`,
  "max_unpool": `const THREADS = 64u;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * THREADS + lane;
  if (i >= SIZE) { return; }
  let plane = i / (H * W);
  let inner = i - plane * H * W;
  let h = inner / W;
  let w = inner - h * W;
  // Windows p with p stride - pad <= h <= p stride - pad + (R - 1) dilation.
  let bottom = h + PAD_TOP;
  let right = w + PAD_LEFT;
  let reach_h = (R - 1u) * DILATION_H;
  let reach_w = (S - 1u) * DILATION_W;
  let p_first = select(0u, (bottom - reach_h + STRIDE_H - 1u) / STRIDE_H, bottom > reach_h);
  let q_first = select(0u, (right - reach_w + STRIDE_W - 1u) / STRIDE_W, right > reach_w);
  let p_last = min(bottom / STRIDE_H, P_EXTENT - 1u);
  let q_last = min(right / STRIDE_W, Q_EXTENT - 1u);
  var total = vec3f();
  for (var p = p_first; p <= p_last; p++) {
    for (var q = q_first; q <= q_last; q++) {
      let at = (plane * P_EXTENT + p) * Q_EXTENT + q;
      if (load_index(at) == i32(inner)) { total = plus_(total, load_dy(at)); }
    }
  }
  finish(i, settled_(total));
}
`,
  "max_unpool_strip": `const THREADS = 64u;
const STRIDE_H = 2u;
const STRIDE_W = 2u;
const R = 3u;
const S = 3u;
const PAD_TOP = 1u;
const PAD_LEFT = 1u;
const DILATION_H = 1u;
const DILATION_W = 1u;
const LESS_H = 0u;
const LESS_W = 0u;
const NEAR_H = 2u;
const NEAR_W = 2u;
const RIGHT = 1u;
const WINDOWS = 5u;
const ACROSS = 8u;
const TOTALS = 16u;
const ALIGNED = true;
const WHOLE = true;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let strip = (group.y * groups.x + group.x) * THREADS + lane;
  if (strip >= COUNT) { return; }
  let line = strip / STRIPS;
  let b = (strip - line * STRIPS) * 4u;
  let plane = line / BLOCKS_H;
  let a = line - plane * BLOCKS_H;
  let at = i32(a * STRIDE_H * W + b * STRIDE_W);
  var column: array<u32, WINDOWS>; // registers
  var there: array<bool, WINDOWS>; // registers
  for (var j = 0u; j < WINDOWS; j++) { // unroll
    let q = i32(b + j) - i32(LESS_W);
    there[j] = u32(q) < Q_EXTENT;
    column[j] = u32(clamp(q, 0, i32(Q_EXTENT) - 1));
  }
  var total: array<f32, TOTALS>; // registers
  for (var e = 0u; e < TOTALS; e++) { // unroll
    total[e] = 0.0;
  }
  var value: array<f32, WINDOWS>; // registers
  var index: array<i32, WINDOWS>; // registers
  for (var m = 0u; m < NEAR_H; m++) { // unroll
    let p = i32(a + m) - i32(LESS_H);
    let inside = u32(p) < P_EXTENT;
    let from_row = (plane * P_EXTENT + u32(clamp(p, 0, i32(P_EXTENT) - 1))) * Q_EXTENT;
    if (ALIGNED) {
      let four = load_dy4(from_row + b);
      let places = load_index4(from_row + b);
      value[LESS_W] = four.x;
      value[LESS_W + 1] = four.y;
      value[LESS_W + 2] = four.z;
      value[LESS_W + 3] = four.w;
      index[LESS_W] = select(-1, places.x, inside);
      index[LESS_W + 1] = select(-1, places.y, inside);
      index[LESS_W + 2] = select(-1, places.z, inside);
      index[LESS_W + 3] = select(-1, places.w, inside);
      for (var j = 0u; j < LESS_W; j++) { // unroll
        value[j] = load_dy(from_row + column[j]);
        index[j] = select(-1, load_index(from_row + column[j]), inside && there[j]);
      }
      for (var j = 0u; j < RIGHT; j++) { // unroll
        value[LESS_W + 4 + j] = load_dy(from_row + column[LESS_W + 4 + j]);
        index[LESS_W + 4 + j] = select(-1, load_index(from_row + column[LESS_W + 4 + j]), inside && there[LESS_W + 4 + j]);
      }
    } else {
      for (var j = 0u; j < WINDOWS; j++) { // unroll
        value[j] = load_dy(from_row + column[j]);
        index[j] = select(-1, load_index(from_row + column[j]), inside && there[j]);
      }
    }
    for (var e = 0u; e < STRIDE_H; e++) { // unroll
      for (var t = 0u; t < 4; t++) { // unroll
        for (var f = 0u; f < STRIDE_W; f++) { // unroll
          for (var k = 0u; k < NEAR_W; k++) { // unroll
            // Constants: which element of the window this would be, along each axis.
            const r = i32(e + PAD_TOP + LESS_H * STRIDE_H) - i32(m * STRIDE_H);
            const s = i32(f + PAD_LEFT + LESS_W * STRIDE_W) - i32(k * STRIDE_W);
            const holds = r >= 0 && s >= 0 && r % i32(DILATION_H) == 0 && s % i32(DILATION_W) == 0 && r / i32(DILATION_H) < i32(R) && s / i32(DILATION_W) < i32(S);
            if (holds) {
              let hit = index[t + k] == at + i32(e * W + t * STRIDE_W + f);
              total[e * ACROSS + t * STRIDE_W + f] += select(0.0, value[t + k], hit);
            }
          }
        }
      }
    }
  }
  for (var e = 0u; e < STRIDE_H; e++) { // unroll
    let h = a * STRIDE_H + e;
    let to = (plane * H + h) * W + b * STRIDE_W;
    if (h < H) {
      if (WHOLE) {
        for (var g = 0u; g < STRIDE_W; g++) { // unroll
          finish4(to + 4u * g, vec4f(total[e * ACROSS + g * 4], total[e * ACROSS + g * 4 + 1], total[e * ACROSS + g * 4 + 2], total[e * ACROSS + g * 4 + 3]));
        }
      } else {
        for (var c = 0u; c < ACROSS; c++) { // unroll
          if (b * STRIDE_W + c < W) { finish(to + c, total[e * ACROSS + c]); }
        }
      }
    }
  }
}
`,
  "scatter_add": `const THREADS = 64u;
const LOST = true;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let at = (group.y * groups.x + group.x) * THREADS + lane;
  if (at >= COUNT) { return; }
  let row = at / INNER;
  let inner = at - row * INNER;
  let outer = row / BLOCKS;
  let first = (row - outer * BLOCKS) * BLOCK;
  let end = min(first + BLOCK, EXTENT);
  let to = outer * select(EXTENT, 2u * EXTENT, LOST) * INNER + inner;
  for (var i = first; i < end; i++) {
    store_y(to + i * INNER, NOTHING);
    if (LOST) { store_y(to + (EXTENT + i) * INNER, NOTHING); }
  }
  let from_src = outer * J * INNER + inner;
  for (var j = 0u; j < J; j++) {
    // Negative ones are large as u32.
    let i = u32(load_index(from_src + j * INNER));
    if (i >= first && i < end) {
      let place = to + i * INNER;
      add_y(place, place + EXTENT * INNER, load_src(from_src + j * INNER));
    }
  }
}
`,
  "unfold": `const THREADS = 32u;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.y * groups.x + group.x) * THREADS + lane;
  if (item >= COUNT) { return; }
  let share = item / COLUMNS;
  let column = item - share * COLUMNS;
  let n = column / WINDOWS;
  let window = column - n * WINDOWS;
  let p = window / Q_EXTENT;
  let q = window - p * Q_EXTENT;
  let top = i32(p * STRIDE_H) - i32(PAD_TOP);
  let left = i32(q * STRIDE_W) - i32(PAD_LEFT);
  let first = share * CHANNELS;
  let last = min(first + CHANNELS, C);
  var to = n * IMAGE_STEP + first * R * S * ROW_STEP + window * COLUMN_STEP;
  for (var c = first; c < last; c++) {
    let plane = i32((n * C + c) * H * W);
    var h = top;
    for (var r = 0u; r < R; r++) {
      let from_row = plane + h * i32(W);
      let across = select(0u, W, u32(h) < H);
      var w = left;
      for (var s = 0u; s < S; s++) {
        let inside = u32(w) < across;
        store_y(to, select(0.0, load_x(u32(select(0, from_row + w, inside))), inside));
        to += ROW_STEP;
        w += i32(DILATION_W);
      }
      h += i32(DILATION_H);
    }
  }
}
`,
} as const;

export type ShaderName = keyof typeof SHADERS;
