import PMJSON
import PMRecord

/// Reads a gap's window from the Data API until two reads in a row add nothing: decides, never requests.
///
///     settling ──▶ asking how far behind the API is ──▶ reading ──complete──▶ settling …  ──two clean──▶ settled
///                              ◀──────────too far───────┘ a request that failed is repeated after a pause
///
/// A long window is read in slices, each until it is clean: no more trades are read twice than can be remembered.
package struct Backfill: Sendable {
    package enum Step: Equatable {
        /// Request this path and query of the Data API; then ``received(_:_:wall:at:)`` or ``failed(status:at:)``.
        case fetch(String)
        case wait(until: ContinuousClock.Instant)
        /// Closed, or unrecoverable; or open, to be tried again later.
        case settled(Gap.State)
    }

    private enum Phase {
        case settling(until: ContinuousClock.Instant)
        case askingForLag
        case reading(TradeWindowReader)
        /// The same page is requested again at that time.
        case pausing(until: ContinuousClock.Instant, TradeWindowReader)
        case settled(Gap.State)
    }

    /// Rows of a slice: less than half of the emitted trades that are remembered.
    package static let slice = 100_000
    /// Requests that may fail in a row before the gap is left for later.
    private static let mostFailures = 6
    private static let cleanReadsNeeded = 2
    /// Statuses that mean that a route does not exist, or not in this form.
    private static let unsupportedStatuses = [400, 404, 405, 410, 501]

    package let gap: Gap
    private let intervals: Intervals
    private let takerOnly: Bool
    private let window: ClosedRange<Timestamp>
    private let slice: Int
    /// Where the slice that is being read begins; `nil` for the newest.
    private var sliceStart: TradeWindowReader.SliceStart?
    /// The version of the API; the first is used where the server has no second.
    package private(set) var version: TradeWindowReader.Version
    private var phase: Phase
    /// Reads begun; each counts the copies of a trade from zero.
    package private(set) var reads = 0
    /// Rows that the API has in the window.
    package private(set) var rows = 0
    /// Whether a part of the window cannot be read.
    private var isIncomplete = false
    private var cleanReads = 0
    private var addedInThisRead = 0
    private var failures = 0
    /// Trades added that the feed had not sent.
    package private(set) var recovered = 0

    /// - Parameters:
    ///   - isExact: Whether to read the gap's window alone. The default adds a margin on both sides.
    ///   - slice: Rows read at a time. The default is 100,000.
    package init(
        of gap: Gap, _ intervals: Intervals, isExact: Bool = false,
        version: TradeWindowReader.Version = .second,
        slice: Int = Backfill.slice, wall: Timestamp, at now: ContinuousClock.Instant
    ) {
        self.slice = slice
        self.gap = gap
        self.intervals = intervals
        self.version = version
        window =
            isExact
            ? gap.from...gap.to
            : gap.from.advanced(by: .zero - intervals.margin)...gap.to.advanced(by: intervals.settling)
        takerOnly = gap.feed == .market  // the market channel has each match once, too
        let rest = max(.zero, wall.duration(to: gap.to.advanced(by: intervals.settling)))
        phase = .settling(until: now + rest)
    }

    /// Returns what to do next.
    package mutating func next(at now: ContinuousClock.Instant) -> Step {
        switch phase {
        case .settling(let due):
            guard now >= due else { return .wait(until: due) }
            phase = version == .second ? .askingForLag : .reading(newRead())
            return next(at: now)
        case .askingForLag: return .fetch("/v2/status?_=\(gap.to.milliseconds)-\(reads)-\(failures)")
        case .reading(let reader): return .fetch(reader.target)
        case .pausing(let due, let reader):
            guard now >= due else { return .wait(until: due) }
            phase = .reading(reader)
            return next(at: now)
        case .settled(let state): return .settled(state)
        }
    }

    /// Takes the body of a successful response.
    ///
    /// - Returns: The messages to emit; then call ``emitted(new:suspected:at:)``.
    package mutating func received(
        _ body: [UInt8], _ decoder: FrameDecoder, wall: Timestamp, at now: ContinuousClock.Instant
    ) -> [FeedMessage] {
        switch phase {
        case .askingForLag:
            failures = 0
            let lag = (try? JSON(body))?["serving"]?["lag_seconds"]?.double ?? 0
            let served = wall.advanced(by: .zero - .seconds(max(0, min(lag, 1e6))))
            let isBehind = served < gap.to.advanced(by: intervals.settling)
            phase = isBehind && lag > 0 ? .settling(until: now + intervals.settling) : .reading(newRead())
            return []
        case .reading(var reader):
            do throws(TradeWindowReader.InvalidResponse) {
                let messages = try reader.take(body, decoder, at: wall)
                failures = 0
                phase = .reading(reader)
                return messages
            } catch {
                if error.isUnknownForm, version == .second {
                    fallBackToFirstVersion()
                } else {
                    failed(status: nil, at: now)
                }
                return []
            }
        case .settling, .pausing, .settled:
            return []
        }
    }

    /// The messages of the last response were emitted.
    ///
    /// - Parameters:
    ///   - new: Trades among them that had not been emitted before.
    ///   - suspected: Copies that the next read has to confirm.
    package mutating func emitted(new: Int, suspected: Int, at now: ContinuousClock.Instant) {
        recovered += new
        addedInThisRead += new + suspected
        guard case .reading(let reader) = phase, reader.isComplete else { return }
        cleanReads = addedInThisRead == 0 ? cleanReads + 1 : 0
        addedInThisRead = 0
        guard cleanReads >= Self.cleanReadsNeeded || reader.isCapped else {
            phase = .settling(until: now + intervals.settling)
            return
        }
        rows += reader.rows
        isIncomplete = isIncomplete || reader.isCapped || reader.unusable > 0
        guard let rest = reader.rest else {
            phase = .settled(isIncomplete ? .unrecoverable : .closed)
            return
        }
        sliceStart = rest
        cleanReads = 0
        phase = .reading(newRead())
    }

    /// There was no response, or not a successful one.
    ///
    /// - Parameter status: The status of the response, if there was one.
    package mutating func failed(status: Int?, at now: ContinuousClock.Instant) {
        if version == .second, let status, Self.unsupportedStatuses.contains(status) {
            if case .askingForLag = phase {
                phase = .reading(newRead())  // the server does not say how far behind it is
            } else {
                fallBackToFirstVersion()
            }
            return
        }
        failures += 1
        guard failures < Self.mostFailures else {
            phase = .settled(.open)
            return
        }
        let due = now + min(intervals.settling * (1 << failures), .seconds(60))
        if case .reading(let reader) = phase {
            phase = .pausing(until: due, reader)
        } else {
            phase = .settling(until: due)
        }
    }

    private mutating func fallBackToFirstVersion() {
        version = .first
        (sliceStart, cleanReads, addedInThisRead) = (nil, 0, 0)
        phase = .reading(newRead())
    }

    private mutating func newRead() -> TradeWindowReader {
        reads += 1
        return TradeWindowReader(
            window, version: version, takerOnly: takerOnly, nonce: "\(gap.from.milliseconds)-\(reads)",
            slice: slice, from: sliceStart)
    }
}
