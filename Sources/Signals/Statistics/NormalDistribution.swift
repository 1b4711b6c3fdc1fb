import Glibc

/// The standard normal distribution.
package enum NormalDistribution {
    /// The quantile of 97.5 %, for two-sided intervals of 95 %.
    package static let quantile975 = 1.959963984540054

    /// Returns the probability of a value of at least `z`.
    package static func upperTail(_ z: Double) -> Double { erfc(z / 2.0.squareRoot()) / 2 }
}
