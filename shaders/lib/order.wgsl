// Comparisons that keep NaN, as IEEE 754-2019 maximum does; compilers may take x != x for false, so that bits are asked. Conditions are joined
// by | and &: a short-circuit is a branch, and hundreds of them in unrolled code keep SwiftShader compiling for minutes.

fn is_nan_(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

fn larger_(a: f32, b: f32) -> f32 {
  return select(b, a, (a > b) | is_nan_(a));
}

fn smaller_(a: f32, b: f32) -> f32 {
  return select(b, a, (a < b) | is_nan_(a));
}

// -1, 0 or 1, or NaN.
fn sign_(x: f32) -> f32 {
  return select(select(x, 1.0, x > 0.0), -1.0, x < 0.0);
}

// min(x, most) for x >= 0.
fn at_most_(x: f32, most: f32) -> f32 {
  return select(x, most, x >= most);
}

// Cut towards zero and saturated, 0 for NaN.
fn truncated_(x: f32) -> i32 {
  return select(i32(x), 0, is_nan_(x));
}
