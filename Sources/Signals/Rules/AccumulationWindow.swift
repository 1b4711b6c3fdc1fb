import PMRecord

/// Net purchases of one wallet in one token over the last hour or day, in many slices that are small by themselves.
package struct Accumulation: Sendable, Equatable {
    package enum Window: String, Sendable, CaseIterable {
        case hour = "1h"
        case day = "24h"

        var length: Duration { self == .hour ? .seconds(3600) : .seconds(86_400) }
    }

    package let window: Window
    /// Dollars and shares bought, less those sold.
    package let value: Decimal
    package let size: Decimal
    package let trades: Int
}

/// Sums trades by wallet and token, exactly and in bounded memory.
///
/// A series counts by five minutes. Of at most twice ``maxSeries`` series, those without a trade for the longest time are
/// forgotten first.
package struct AccumulationWindow: Sendable {
    private struct Key: Hashable {
        let wallet: UInt64
        let asset: UInt64
    }

    /// The sums of five minutes, in millionths.
    fileprivate struct Bucket {
        let number: Int64
        var value: Int64
        var size: Int64
        var trades: Int32
    }

    fileprivate struct Series {
        /// The buckets of the last 24 hours, oldest first.
        var buckets: [Bucket] = []
        /// The net value at the last report of each window, in millionths of a dollar.
        var reported: [Accumulation.Window: Int64] = [:]
    }

    private static let bucketMilliseconds: Int64 = 300_000
    /// Dollars, in millionths.
    private let threshold: Int64
    private let maxSeries: Int
    /// Series with a trade since ``previous`` was filled. Both together are bounded, and the older half is dropped.
    private var current: [Key: Series] = [:]
    private var previous: [Key: Series] = [:]

    /// - Parameter threshold: The net purchases in dollars from which they are reported.
    package init(threshold: Decimal, maxSeries: Int = 32_768) {
        self.threshold = threshold.micros.flatMap { Int64(exactly: $0) } ?? .max
        self.maxSeries = maxSeries
    }

    package var count: Int { current.count + previous.count }

    /// Adds a trade.
    ///
    /// - Returns: The accumulation that the trade completes: net purchases of at least the threshold, in trades that each are
    ///   below it. It is reported again when it has doubled. The shorter window precedes.
    package mutating func add(
        wallet: String, asset: String, side: Side, value: Decimal, size: Decimal, at time: Timestamp
    ) -> Accumulation? {
        guard let value = value.micros.flatMap({ Int64(exactly: $0) }),
            let size = size.micros.flatMap({ Int64(exactly: $0) }), value < threshold
        else { return nil }
        let key = Key(wallet: fingerprint(wallet), asset: fingerprint(asset))
        var series = current[key] ?? previous.removeValue(forKey: key) ?? Series()
        let sign: Int64 = side == .buy ? 1 : -1
        series.add(value: sign * value, size: sign * size, in: time.milliseconds / Self.bucketMilliseconds)
        let report = report(on: &series, at: time)
        if current[key] == nil, current.count >= maxSeries { (previous, current) = (current, [:]) }
        current[key] = series
        return report
    }

    private func report(on series: inout Series, at time: Timestamp) -> Accumulation? {
        for window in Accumulation.Window.allCases {
            let start = time.milliseconds - window.length.inMilliseconds
            var (value, size, trades): (Int64, Int64, Int) = (0, 0, 0)
            for bucket in series.buckets where (bucket.number + 1) * Self.bucketMilliseconds > start {
                value = value.adding(bucket.value)
                size = size.adding(bucket.size)
                trades += Int(bucket.trades)
            }
            let last = series.reported[window] ?? 0
            // A series that fell below the threshold begins anew.
            if value < threshold { series.reported[window] = nil }
            guard value >= threshold, trades > 1, last == 0 || value / 2 >= last else { continue }
            series.reported[window] = value
            // The hour is a part of the day.
            if window == .hour { series.reported[.day] = max(series.reported[.day] ?? 0, value) }
            return Accumulation(
                window: window, value: Decimal(micros: Int128(value)), size: Decimal(micros: Int128(size)),
                trades: trades)
        }
        return nil
    }
}

extension AccumulationWindow.Series {
    private static let bucketsOfADay: Int64 = 288

    fileprivate mutating func add(value: Int64, size: Int64, in number: Int64) {
        buckets.removeAll { $0.number <= number - Self.bucketsOfADay }
        if let index = buckets.firstIndex(where: { $0.number == number }) {
            buckets[index].value = buckets[index].value.adding(value)
            buckets[index].size = buckets[index].size.adding(size)
            buckets[index].trades += 1
        } else {
            buckets.append(AccumulationWindow.Bucket(number: number, value: value, size: size, trades: 1))
        }
    }
}

extension Int64 {
    /// Returns the sum, kept within the range.
    fileprivate func adding(_ other: Int64) -> Int64 {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? (other < 0 ? .min : .max) : sum
    }
}

/// Returns the FNV-1a hash, which is the same in every process. A wallet that shares it with another is one in 10^19.
///
/// Source: http://www.isthe.com/chongo/tech/comp/fnv/.
func fingerprint(_ text: String) -> UInt64 {
    text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
}
