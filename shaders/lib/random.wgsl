// Counter-based random numbers: Threefry-2x32, 20 rounds (Salmon et al., SC 2011), bit for bit as in src/graph/threefry.ts.

fn rotate_(x: u32, by: u32) -> u32 {
  return (x << by) | (x >> (32u - by));
}

// Four rounds of Threefry.
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

// Two words for a key (seed, step) and a counter (element, stream).
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

// [0, 1), in steps of 2^-24.
fn uniform_(bits: vec2u) -> f32 {
  return f32(bits.x >> 8u) * 5.9604644775390625e-8;
}

// Standard normal (Box and Muller, 1958); the first word is taken from (0, 1].
fn normal_(bits: vec2u) -> f32 {
  let radius = sqrt_(-2.0 * log_(f32((bits.x >> 8u) + 1u) * 5.9604644775390625e-8));
  return radius * sine_small_(6.283185307 * uniform_(vec2u(bits.y, 0u)), 1);
}
