import PMJSON
import PMRecord

/// Reads a gap's window from the Data API until two reads in a row have nothing to add: decides, never asks.
///
///     settling ──▶ asking how far behind the API is ──▶ reading ──complete──▶ settling …  ──two clean──▶ settled
///                              ◀──────────too far───────┘ any request may fail: it is made again, later
///
/// A long window is read in slices, each until it is clean: no more is read twice than can be remembered.
package struct Backfill: Sendable {
    package enum Step: Equatable {
        /// Ask the Data API for this path and query; then ``answered(_:_:_:at:)`` or ``failed(status:at:)``.
        case fetch(String)
        case wait(until: ContinuousClock.Instant)
        /// Closed, or unrecoverable; or open, to be taken up again later.
        case settled(Gap.State)
    }

    private enum Phase {
        case settling(until: ContinuousClock.Instant)
        case asking
        case reading(TradeWindowReader)
        /// The same page is asked for again then.
        case pausing(until: ContinuousClock.Instant, TradeWindowReader)
        case settled(Gap.State)
    }

    /// Rows of a slice: less than half of what is remembered of trades that were told.
    package static let slice = 100_000
    /// Requests that may fail in a row before it is left for later.
    private static let patience = 6
    private static let cleanReadsNeeded = 2

    package let gap: Gap
    private let intervals: Intervals
    private let takerOnly: Bool
    private let window: ClosedRange<Timestamp>
    private let slice: Int
    /// Where the slice that is being read begins; `nil` for the newest.
    private var place: TradeWindowReader.Place?
    /// The API's version; a server that knows no second one is asked for the first.
    package private(set) var version: TradeWindowReader.Version
    private var phase: Phase
    /// Reads begun; with each, copies are counted anew.
    package private(set) var reads = 0
    /// Rows that the API had in the window.
    package private(set) var rows = 0
    /// Whether some of the window could not be read, however often.
    private var isIncomplete = false
    private var cleanReads = 0
    private var addedInThisRead = 0
    private var failures = 0
    /// Trades that the feed had not told.
    package private(set) var recovered = 0

    /// - Parameters:
    ///   - isExact: Whether the gap's window alone is read; else a margin on both sides, too.
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
        takerOnly = gap.feed == .market  // which tells each match once, as the market channel does
        let rest = max(.zero, wall.duration(to: gap.to.advanced(by: intervals.settling)))
        phase = .settling(until: now + rest)
    }

    package mutating func step(at now: ContinuousClock.Instant) -> Step {
        switch phase {
        case .settling(let due):
            guard now >= due else { return .wait(until: due) }
            phase = version == .second ? .asking : .reading(newReading())
            return step(at: now)
        case .asking: return .fetch("/v2/status?_=\(gap.to.milliseconds)-\(reads)-\(failures)")
        case .reading(let reading): return .fetch(reading.target)
        case .pausing(let due, let reading):
            guard now >= due else { return .wait(until: due) }
            phase = .reading(reading)
            return step(at: now)
        case .settled(let state): return .settled(state)
        }
    }

    /// The answer to what was asked for; the trades in it, to be told.
    package mutating func answered(
        _ body: [UInt8], _ decoder: FrameDecoder, wall: Timestamp, at now: ContinuousClock.Instant
    ) -> [FeedMessage] {
        switch phase {
        case .asking:
            failures = 0
            let lag = (try? JSON(body))?["serving"]?["lag_seconds"]?.double ?? 0
            let served = wall.advanced(by: .zero - .seconds(max(0, min(lag, 1e6))))
            let isBehind = served < gap.to.advanced(by: intervals.settling)
            phase = isBehind && lag > 0 ? .settling(until: now + intervals.settling) : .reading(newReading())
            return []
        case .reading(var reading):
            do throws(TradeWindowReader.Malformed) {
                let messages = try reading.take(body, decoder, at: wall)
                failures = 0
                phase = .reading(reading)
                return messages
            } catch {
                if error.isForeign, version == .second {
                    readFirstVersion()
                } else {
                    failed(status: nil, at: now)
                }
                return []
            }
        case .settling, .pausing, .settled:
            return []
        }
    }

    /// The trades of the last answer were told: so many of them were new, or are yet to be confirmed.
    package mutating func told(_ new: Int, suspected: Int, at now: ContinuousClock.Instant) {
        recovered += new
        addedInThisRead += new + suspected
        guard case .reading(let reading) = phase, reading.isComplete else { return }
        cleanReads = addedInThisRead == 0 ? cleanReads + 1 : 0
        addedInThisRead = 0
        guard cleanReads >= Self.cleanReadsNeeded || reading.isCapped else {
            phase = .settling(until: now + intervals.settling)
            return
        }
        rows += reading.rows
        isIncomplete = isIncomplete || reading.isCapped || reading.unusable > 0
        guard let rest = reading.rest else {
            phase = .settled(isIncomplete ? .unrecoverable : .closed)
            return
        }
        place = rest
        cleanReads = 0
        phase = .reading(newReading())
    }

    /// There was no answer, or not the one that was asked for.
    ///
    /// - Parameter status: What HTTP said, if anything.
    package mutating func failed(status: Int?, at now: ContinuousClock.Instant) {
        if version == .second, let status, [400, 404, 405, 410, 501].contains(status) {
            if case .asking = phase {
                phase = .reading(newReading())  // nobody says how far behind it is
            } else {
                readFirstVersion()
            }
            return
        }
        failures += 1
        guard failures < Self.patience else {
            phase = .settled(.open)
            return
        }
        let due = now + min(intervals.settling * (1 << failures), .seconds(60))
        if case .reading(let reading) = phase {
            phase = .pausing(until: due, reading)
        } else {
            phase = .settling(until: due)
        }
    }

    private mutating func readFirstVersion() {
        version = .first
        (place, cleanReads, addedInThisRead) = (nil, 0, 0)
        phase = .reading(newReading())
    }

    private mutating func newReading() -> TradeWindowReader {
        reads += 1
        return TradeWindowReader(
            window, version: version, takerOnly: takerOnly, nonce: "\(gap.from.milliseconds)-\(reads)",
            slice: slice, from: place)
    }
}
