import PMRecord

/// The times of the lines of a journal, in stretches of many lines. They say when lines were received that can no longer
/// be read.
struct JournalTimes: Sendable {
    private struct Stretch {
        var last: UInt64
        var times: ClosedRange<Timestamp>
    }

    private static let mostStretches = 4096
    /// The shortest and the longest time that is assumed for lines of which nothing is known.
    private static let assumed = Duration.seconds(60)...Duration.seconds(31 * 86_400)

    private var stretches: [Stretch] = []
    /// Lines in a stretch, at least.
    private var size: UInt64 = 200
    /// The first line whose time is known.
    private var first: UInt64?

    /// Notes when a line was received. Lines are noted in the order of their numbers.
    ///
    /// - Parameter times: By both clocks: this machine's, and that of the exchange.
    mutating func note(_ seq: UInt64, _ times: ClosedRange<Timestamp>) {
        first = first ?? seq
        if let last = stretches.last, seq / size == last.last / size {
            stretches[stretches.count - 1] = Stretch(
                last: max(seq, last.last), times: last.times.joined(with: times))
        } else {
            stretches.append(Stretch(last: seq, times: times))
        }
        if stretches.count > Self.mostStretches { coarsen() }
    }

    /// Returns the time in which these lines were received, at most; the end is `now` where nothing is known of it.
    func span(of seqs: ClosedRange<UInt64>, at now: Timestamp) -> ClosedRange<Timestamp> {
        let after = stretches.first { $0.last >= seqs.upperBound }
        let end = after?.times.upperBound ?? now
        if let before = stretches.last(where: { $0.last < seqs.lowerBound }) {
            return min(before.times.lowerBound, end)...end
        }
        if let first, first <= seqs.lowerBound, let start = stretches.first?.times.lowerBound {
            return min(start, end)...end
        }
        // Nothing is known of their beginning: it is estimated, generously, from the pace of the lines that follow.
        let start = stretches.first?.times.lowerBound ?? end
        let known = max(1, (stretches.last?.last ?? 1) - min(first ?? 0, stretches.last?.last ?? 0))
        let pace = start.duration(to: stretches.last?.times.upperBound ?? start) / Double(known)
        let lines = Double(seqs.upperBound - seqs.lowerBound + 1)
        let length = min(Self.assumed.upperBound, max(Self.assumed.lowerBound, pace * 2 * lines))
        return min(start.advanced(by: .zero - length), end)...end
    }

    private mutating func coarsen() {
        size *= 2
        var joined: [Stretch] = []
        for stretch in stretches {
            if let last = joined.last, last.last / size == stretch.last / size {
                joined[joined.count - 1] = Stretch(
                    last: stretch.last, times: last.times.joined(with: stretch.times))
            } else {
                joined.append(stretch)
            }
        }
        stretches = joined
    }
}

extension ClosedRange<Timestamp> {
    fileprivate func joined(with other: ClosedRange<Timestamp>) -> ClosedRange<Timestamp> {
        Swift.min(lowerBound, other.lowerBound)...Swift.max(upperBound, other.upperBound)
    }
}

extension ClosedRange where Bound == Timestamp {
    /// The times of a record, by both clocks; `nil` when it has none.
    init?(of record: Record) {
        guard record.kind == .trade || record.kind == .gap else { return nil }
        let times = [record.time(Key.receivedAt), record.time(Key.time), record.time(Key.to)].compactMap {
            $0
        }
        guard let first = times.min(), let last = times.max() else { return nil }
        self = first...last
    }
}
