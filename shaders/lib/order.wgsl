// Comparisons that keep NaN, as IEEE 754-2019 maximum does; compilers may take x != x for false, so that bits are asked.

fn is_nan_(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

fn larger_(a: f32, b: f32) -> f32 {
  return select(b, a, a > b || is_nan_(a));
}
