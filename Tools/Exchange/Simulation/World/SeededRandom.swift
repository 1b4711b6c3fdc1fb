import Glibc
import PMFlow

/// A random generator whose sequence depends only on a seed and a purpose.
///
/// Each purpose has its own generator, so that one more random number for one purpose does not change the
/// numbers for another.
package struct SeededRandom: Sendable {
    private var source: SplitMix64

    package init(seed: UInt64, for purpose: String) {
        // FNV-1a. Source: draft-eastlake-fnv, section 2.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in purpose.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        source = SplitMix64(seed: seed ^ hash)
        _ = source.next()
    }

    /// At least 0, below 1.
    package mutating func unit() -> Double {
        Double(source.next() >> 11) * 0x1p-53
    }

    package mutating func chance(_ probability: Double) -> Bool {
        unit() < probability
    }

    package mutating func int(in range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(source.next() % UInt64(range.count))
    }

    package mutating func double(in range: ClosedRange<Double>) -> Double {
        range.lowerBound + unit() * (range.upperBound - range.lowerBound)
    }

    package mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[int(in: 0...elements.count - 1)]
    }

    /// A draw from a Pareto distribution.
    ///
    /// - Returns: At least `least`; the share of draws above `x` is (`least` / x) to the power of `exponent`.
    package mutating func powerLaw(from least: Double, exponent: Double) -> Double {
        least * pow(1 - unit(), -1 / exponent)
    }

    /// A draw from a log-normal distribution.
    package mutating func logNormal(median: Double, sigma: Double) -> Double {
        let (radius, angle) = (sqrt(-2 * log(1 - unit())), 2 * Double.pi * unit())
        return median * exp(sigma * radius * cos(angle))
    }

    /// Hex digits in lower case, without "0x".
    package mutating func hex(_ digits: Int) -> String {
        var text = ""
        while text.utf8.count < digits {
            let word = String(source.next(), radix: 16)
            text += String(repeating: "0", count: 16 - word.utf8.count) + word
        }
        return String(text.prefix(digits))
    }
}
