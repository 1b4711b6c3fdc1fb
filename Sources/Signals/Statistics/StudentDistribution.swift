import Glibc

/// Student's t distribution: that of a mean whose variance is estimated from few values.
package struct StudentDistribution {
    private let freedom: Double

    /// - Parameter degreesOfFreedom: At least 1.
    package init(degreesOfFreedom: Int) {
        precondition(degreesOfFreedom >= 1)
        freedom = Double(degreesOfFreedom)
    }

    /// Returns the probability of a value at least as far from zero as `t`, on either side.
    package func twoSidedTail(_ t: Double) -> Double {
        guard t.isFinite else { return 0 }
        return incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5)
    }

    /// The value that is exceeded, on either side, with a probability of 5 %.
    package var quantile975: Double {
        var (low, high) = (1.9, 13.0)
        while high - low > 1e-9 {
            let middle = (low + high) / 2
            if twoSidedTail(middle) > 0.05 { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }
}

/// Returns the regularized incomplete beta function I_x(a, b), by its continued fraction.
///
/// Source: W. J. Lentz, "Generating Bessel functions in Mie scattering calculations using continued fractions",
/// 1976; DLMF 8.17.22, https://dlmf.nist.gov/8.17.
private func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
    guard x > 0 else { return 0 }
    guard x < 1 else { return 1 }
    // The fraction converges fast below this bound; above it, the mirrored function does.
    guard x <= (a + 1) / (a + b + 2) else { return 1 - incompleteBeta(1 - x, b, a) }
    let front = exp(a * log(x) + b * log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b)) / a
    let tiny = 1e-300
    var (fraction, c, d) = (1.0, 1.0, 0.0)
    for step in 0..<500 {
        let m = Double(step / 2)
        let numerator: Double =
            if step == 0 {
                1
            } else if step.isMultiple(of: 2) {
                m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
            } else {
                -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
            }
        d = 1 + numerator * d
        d = 1 / (d.magnitude < tiny ? tiny : d)
        c = 1 + numerator / c
        c = c.magnitude < tiny ? tiny : c
        fraction *= c * d
        if (c * d - 1).magnitude < 1e-14 { break }
    }
    return front * (fraction - 1)
}

/// Returns the logarithm of the gamma function of a positive number. The C function `lgamma` is not safe in threads.
private func logGamma(_ x: Double) -> Double {
    var sign: CInt = 0
    return lgamma_r(x, &sign)
}
