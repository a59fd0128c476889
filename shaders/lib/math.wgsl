// f32 functions that are accurate to a few units in the last place on every adapter, also where its own maths is poor.
// Only + - * /, comparisons, select and integer operations are relied on. Infinity and NaN come in and go out as in IEEE 754;
// subnormal numbers count as 0 where an exponent is taken apart.
//
// Compilers may treat sums of floats as associative. Where the order matters, the first partial sum goes through integer bits
// (`fixed_`), which costs one `and` and at most the last bit.
//
// Polynomials: Cephes, single precision (S. Moshier, netlib.org/cephes): exp, log, sin and cos.

fn fixed_(x: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(x) & 0xfffffffeu);
}

// Neither is a constant expression, which WGSL would refuse.
fn infinity_(x: f32) -> f32 {
  return bitcast<f32>((bitcast<u32>(x) & 0u) | 0x7f800000u);
}

fn nan_(x: f32) -> f32 {
  return bitcast<f32>((bitcast<u32>(x) & 0u) | 0x7fc00000u);
}

// 1 where x is neither infinite nor NaN, else 0.
fn is_finite_(x: f32) -> i32 {
  return select(0, 1, (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u);
}

// NaN stays NaN, which max(x, 0) does not promise.
fn relu_(x: f32) -> f32 {
  return select(x, 0.0, x <= 0.0);
}

// 2^k for -126 <= k <= 127.
fn power_of_two_(k: i32) -> f32 {
  return bitcast<f32>(u32(k + 127) << 23u);
}

// The whole number k nearest to x / ln 2, kept where 2^(k - 1) and 2^(k / 2) are normal numbers. Next to 1.5 2^23 a float has no room
// for a fraction, and the whole number stands in its lowest bits: no conversion, which compilers guard against what is out of range.
fn exponent_(x: f32) -> i32 {
  return bitcast<i32>(clamp(x * 1.44269504, -150.0, 128.0) + 12582912.0) - 0x4b400000;
}

// x - k ln 2, in two steps; the first is exact.
fn exp_rest_(x: f32, k: i32) -> f32 {
  return fixed_(x - f32(k) * 0.693359375) + f32(k) * 2.12194440e-4;
}

// exp(r) - 1 for |r| <= 0.35.
fn expm1_near_(r: f32) -> f32 {
  let p = ((((1.9875691500e-4 * r + 1.3981999507e-3) * r + 8.3334519073e-3) * r + 4.1665795894e-2) * r + 1.6666665459e-1) * r;
  return (p + 5.0000001201e-1) * (r * r) + r;
}

// Too large an x overflows by itself: k ends at 128, and what is left of x only makes the polynomial larger.
fn exp_(x: f32) -> f32 {
  let k = exponent_(x);
  let half = k >> 1u;
  let y = (expm1_near_(exp_rest_(x, k)) + 1.0) * power_of_two_(half) * power_of_two_(k - half);
  return select(y, 0.0, x < -103.97);
}

// 2^k (p + 1) - 1 = 2 (s p + (s - 1/2)) with p = exp(r) - 1, s = 2^(k - 1).
fn expm1_(x: f32) -> f32 {
  let k = max(exponent_(x), -60);
  let s = power_of_two_(k - 1);
  let y = 2.0 * (s * expm1_near_(exp_rest_(x, k)) + (s - 0.5));
  return select(select(y, infinity_(x), x > 88.7228317), -1.0, x < -17.5);
}

// log(1 + f) + e ln 2 for sqrt(1/2) <= 1 + f <= sqrt(2).
fn log_near_(f: f32, e: f32) -> f32 {
  let low = ((7.0376836292e-2 * f - 1.1514610310e-1) * f + 1.1676998740e-1) * f - 1.2420140846e-1;
  let high = ((((low * f + 1.4249322787e-1) * f - 1.6668057665e-1) * f + 2.0000714765e-1) * f - 2.4999993993e-1) * f + 3.3333331174e-1;
  let z = f * f;
  let tail = high * f * z - e * 2.12194440e-4;
  return (f + (tail - 0.5 * z)) + e * 0.693359375;
}

// y where x is finite and positive; else what a logarithm of x is.
fn log_special_(y: f32, x: f32) -> f32 {
  let kept = select(x, y, (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u);
  let real = select(kept, nan_(x), x < 0.0);
  return select(real, -infinity_(x), (bitcast<u32>(x) & 0x7f800000u) == 0u);
}

fn log_(x: f32) -> f32 {
  let bits = bitcast<i32>(x) - 0x3f3504f3;
  let m = bitcast<f32>((bits & 0x7fffff) + 0x3f3504f3);
  return log_special_(log_near_(m - 1.0, f32(bits >> 23u)), x);
}

// u = 1 + x loses digits of x; what it lost, scaled like u's mantissa, is added to the polynomial's argument.
fn log1p_(x: f32) -> f32 {
  let u = fixed_(1.0 + x);
  let lost = select(x - (u - 1.0), 0.0, x > 1e9);
  let bits = bitcast<i32>(u) - 0x3f3504f3;
  let e = bits >> 23u;
  let m = bitcast<f32>((bits & 0x7fffff) + 0x3f3504f3);
  return log_special_(log_near_((m - 1.0) + lost * power_of_two_(clamp(-e, -126, 126)), f32(e)), u);
}

// t / (t + 2) with t = exp(2 |x|) - 1; 1 in f32 from 9.02 on.
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

// x - k pi/2 for the nearest k, by Cody and Waite's three parts of pi/2: good to 1e-6 up to |x| = 1e4, bounded beyond.
fn angle_rest_(x: f32, k: f32) -> f32 {
  let r = (fixed_(x - k * 1.5703125) - k * 4.837512969970703125e-4) - k * 7.54978995489188216e-8;
  return select(r, 0.0, abs(r) > 1.0);
}

fn sin_near_(r: f32) -> f32 {
  let z = r * r;
  return ((-1.9515295891e-4 * z + 8.3321608736e-3) * z - 1.6666654611e-1) * z * r + r;
}

fn cos_near_(r: f32) -> f32 {
  let z = r * r;
  return ((2.443315711809948e-5 * z - 1.388731625493765e-3) * z + 4.166664568298827e-2) * z * z - 0.5 * z + 1.0;
}

// sin(x + turns pi/2).
fn sine_(x: f32, turns: i32) -> f32 {
  let k = floor(x * 0.636619772 + 0.5);
  let r = angle_rest_(x, k);
  let quadrant = i32(k) + turns;
  let y = select(sin_near_(r), cos_near_(r), (quadrant & 1) != 0);
  return select(y, -y, (quadrant & 2) != 0);
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

// x^y = 2^(y e + y log2 m) for x = m 2^e, with y e in two parts, so that its whole number is taken off exactly. x >= 0; NaN below.
fn pow_(x: f32, y: f32) -> f32 {
  let bits = bitcast<i32>(x) - 0x3f3504f3;
  let e = f32(bits >> 23u);
  let m = bitcast<f32>((bits & 0x7fffff) + 0x3f3504f3);
  let y_high = bitcast<f32>(bitcast<u32>(y) & 0xfffff000u);
  let whole = y_high * e;
  let rest = (y - y_high) * e + y * (log_near_(m - 1.0, 0.0) * 1.44269504);
  let n = clamp(floor(whole + rest + 0.5), -150.0, 129.0);
  let r = (whole - n) + rest;
  let half = i32(n) >> 1u;
  let scaled = (expm1_near_(r * 0.693147181) + 1.0) * power_of_two_(half) * power_of_two_(i32(n) - half);
  let bounded = select(select(scaled, infinity_(x), whole + rest >= 128.0), 0.0, whole + rest < -150.0);
  let at_zero = select(select(infinity_(x), 0.0, y > 0.0), 1.0, y == 0.0);
  let at_infinity = select(select(0.0, infinity_(x), y > 0.0), 1.0, y == 0.0);
  let upper = select(bounded, at_infinity, bitcast<u32>(x) == 0x7f800000u);
  let lower = select(upper, at_zero, (bitcast<u32>(x) & 0x7f800000u) == 0u);
  return select(lower, nan_(x), x < 0.0 || (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u);
}
