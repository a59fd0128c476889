// f32 functions that are accurate to a few units in the last place on every adapter, also where its own maths is poor.
// Only + - * /, comparisons, select and integer operations are relied on. Infinity and NaN come in and go out as in IEEE 754;
// subnormal numbers may count as 0, except in log_ and pow_.
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

// The bits of x >= 0, where it is subnormal those of 2^149 x, and the exponent of that: no driver's arithmetic meets a subnormal number.
fn normal_bits_(x: f32) -> i32 {
  let bits = bitcast<i32>(x);
  return select(bits, bitcast<i32>(f32(bits)), bits < 0x00800000);
}

fn enlarged_(x: f32) -> i32 {
  return select(0, 149, bitcast<i32>(x) < 0x00800000);
}

// y where x is finite and positive; else what a logarithm of x is.
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

// Polynomials in x, and in |x| for the logarithm of 1 - erf |x| (N. Juffa, "Implementation of the error function erff()"); 1 in f32 from 3.92 on.
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

// x - k pi/2 for the nearest k, by Cody and Waite's parts of pi/2: k times each of the first three is exact up to |x| = 1e4.
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

// sin(r + quadrant pi/2) for |r| <= pi/4.
fn sine_near_(r: f32, quadrant: i32) -> f32 {
  let y = select(sin_near_(r), cos_near_(r), (quadrant & 1) != 0);
  return select(y, -y, (quadrant & 2) != 0);
}

// sin(x + turns pi/2) for |x| <= 1e4.
fn sine_small_(x: f32, turns: i32) -> f32 {
  let k = floor(x * 0.636619772 + 0.5);
  return sine_near_(angle_rest_(x, k), i32(k) + turns);
}

// 32 zeros, and the bits of 2/pi.
const TWO_OVER_PI = array<u32, 8>(0u, 0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u, 0x3c439041u, 0xfe5163abu);

// 96 of those bits, from the one after `first` on.
fn two_over_pi_(first: u32) -> vec3u {
  let i = first >> 5u;
  let up = 1u << (first & 31u);
  let shift = vec3u(31u - (first & 31u));
  let words = vec4u(TWO_OVER_PI[i], TWO_OVER_PI[i + 1u], TWO_OVER_PI[i + 2u], TWO_OVER_PI[i + 3u]);
  return (words.xyz * up) | ((words.yzw >> vec3u(1u)) >> shift);
}

// The upper 32 bits of a b, for b < 2^24.
fn upper_product_(a: u32, b: u32) -> u32 {
  let across = (a >> 16u) * (b & 0xffffu);
  let down = (a & 0xffffu) * (b >> 16u);
  return (a >> 16u) * (b >> 16u) + (across >> 16u) + (((((a & 0xffffu) * (b & 0xffffu)) >> 16u) + (across & 0xffffu) + down) >> 16u);
}

// |x| - quadrant pi/2 and the quadrant, for 1 <= |x| (Payne and Hanek, 1983). |x| = m 2^e with a whole m: whole turns are dropped by beginning
// with the bit of 1 / (2 pi) that stands for 2^-e, and m times 96 bits from there is |x| / (2 pi) modulo 1, of which 64 are kept.
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

// sin(x + turns pi/2).
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

// log2 x in two parts, the first of 12 bits, for x > 0: as in FreeBSD's e_powf.c (Sun Microsystems, 1993). x = 2^n b (1 + s) / (1 - s)
// with b = 1 or 3/2, and log x = n log 2 + log b + 2 (s + s^3/3 + s^5/5 ...); s = high + low as well.
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

// x^y for x > 0; an exponent beyond 2^32 leaves only 0, 1 and infinity.
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

// IEEE 754-2019 pow: also for zeros, infinities, NaN and negative x. 1 for y = 0 and for x = 1.
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
