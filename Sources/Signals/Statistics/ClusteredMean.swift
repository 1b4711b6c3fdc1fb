import Glibc

/// The mean of values that come in clusters: the trades of one market share its settlement, and so are one
/// observation rather than many.
///
/// The variance is that of the clusters' sums of residuals, G/(G−1) · Σ e², and the distribution is Student's with
/// G − 1 degrees of freedom for G clusters.
/// Source: A. C. Cameron, D. L. Miller, "A Practitioner's Guide to Cluster-Robust Inference", 2015.
package struct ClusteredMean: Sendable {
    package let count: Int
    package let clusters: Int
    package let mean: Double
    /// The standard error of the mean; `nil` with fewer than two clusters.
    package let standardError: Double?
    /// The variance of the mean relative to that of as many independent values, at least 1; also called deff.
    package let designEffect: Double

    /// - Parameter values: Each value with the name of its cluster.
    /// - Returns: `nil` without values.
    package init?(_ values: [(value: Double, cluster: String)]) {
        guard !values.isEmpty else { return nil }
        let count = Double(values.count)
        let mean = values.reduce(0) { $0 + $1.value } / count
        var sums: [String: Double] = [:]
        var squares = 0.0
        for (value, cluster) in values {
            sums[cluster, default: 0] += value - mean
            squares += (value - mean) * (value - mean)
        }
        (self.count, clusters, self.mean) = (values.count, sums.count, mean)
        guard sums.count > 1 else {
            (standardError, designEffect) = (nil, count)
            return
        }
        let groups = Double(sums.count)
        // In the order of size, so that the sum does not depend on the order of a dictionary.
        let between = sums.values.map { $0 * $0 }.sorted().reduce(0, +) * groups / (groups - 1)
        standardError = between.squareRoot() / count
        let independent = squares * count / (count - 1)
        designEffect = independent > 0 ? max(1, between / independent) : max(1, count / groups)
    }

    /// The 95 % confidence interval of the mean; `nil` with fewer than two clusters.
    package var interval: ClosedRange<Double>? {
        guard let standardError else { return nil }
        let reach = StudentDistribution(degreesOfFreedom: clusters - 1).quantile975 * standardError
        return mean - reach...mean + reach
    }

    /// The probability of a mean at least as far from zero if the true mean is zero; 1 where it cannot be computed.
    package var pValue: Double {
        guard let standardError else { return 1 }
        guard standardError > 0 else { return mean == 0 ? 1 : 0 }
        return StudentDistribution(degreesOfFreedom: clusters - 1).twoSidedTail(mean / standardError)
    }
}
