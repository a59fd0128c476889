// Sums of very many terms, as (sum, what its last rounding lost, the plain chain of additions): W. Kahan, "Pracniques: further remarks on
// reducing truncation errors", 1965. The error does not grow with the number of terms. The plain chain says whether the sum is infinite or
// NaN: what is lost of an infinite sum is NaN.

fn plus_(total: vec3f, x: f32) -> vec3f {
  let term = x + total.y;
  let sum = fixed_(total.x + term);
  return vec3f(sum, term - (sum - total.x), total.z + x);
}

fn settled_(total: vec3f) -> f32 {
  return select(total.z, total.x + total.y, is_finite_(total.z) != 0);
}
