/// Wilson's 95 % score interval of a proportion. It holds for small numbers and near 0 and 1.
///
/// Source: E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", 1927.
package func wilsonInterval(rate: Double, count: Double) -> ClosedRange<Double> {
    guard count > 0 else { return 0...1 }
    let z = NormalDistribution.quantile975
    let scale = 1 + z * z / count
    let middle = (rate + z * z / (2 * count)) / scale
    let reach = z / scale * (rate * (1 - rate) / count + z * z / (4 * count * count)).squareRoot()
    return max(0, middle - reach)...min(1, middle + reach)
}
