import PMJSON
import PMRecord

/// Reads a gap's window from the Data API until two reads in a row have nothing to add: decides, never asks.
///
///     settling ──▶ asking how far behind the API is ──▶ reading ──complete──▶ settling …  ──two clean──▶ settled
///                              ◀──────────too far───────┘ any request may fail: it is made again, later
package struct Repair: Sendable {
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
        case reading(TradesReading)
        case settled(Gap.State)
    }

    /// Requests that may fail in a row before it is left for later.
    private static let patience = 6
    private static let cleanReadsNeeded = 2

    package let gap: Gap
    private let intervals: Intervals
    private let takerOnly: Bool
    private let window: ClosedRange<Timestamp>
    /// The API's version; a server that knows no second one is asked for the first.
    package private(set) var version: TradesReading.Version
    private var phase: Phase
    /// Reads begun; with each, copies are counted anew.
    package private(set) var reads = 0
    /// Rows that the last complete read had in its window.
    package private(set) var rows = 0
    private var cleanReads = 0
    private var addedInThisRead = 0
    private var failures = 0
    /// Trades that the feed had not told.
    package private(set) var recovered = 0

    /// - Parameter isExact: Whether the gap's window alone is read; else a margin on both sides, too.
    package init(
        of gap: Gap, _ intervals: Intervals, isExact: Bool = false, version: TradesReading.Version = .second,
        wall: Timestamp,
        at now: ContinuousClock.Instant
    ) {
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
            do throws(TradesReading.Malformed) {
                let messages = try reading.take(body, decoder, at: wall)
                failures = 0
                phase = .reading(reading)
                return messages
            } catch {
                failed(status: nil, at: now)
                return []
            }
        case .settling, .settled:
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
        rows = reading.rows
        if reading.isCapped {
            phase = .settled(.unrecoverable)
        } else if cleanReads >= Self.cleanReadsNeeded {
            phase = .settled(.closed)
        } else {
            phase = .settling(until: now + intervals.settling)
        }
    }

    /// There was no answer, or not the one that was asked for.
    ///
    /// - Parameter status: What HTTP said, if anything.
    package mutating func failed(status: Int?, at now: ContinuousClock.Instant) {
        if version == .second, let status, [400, 404, 405, 410, 501].contains(status) {
            if case .asking = phase {
                phase = .reading(newReading())  // nobody says how far behind it is
            } else {
                version = .first
                phase = .reading(newReading())
            }
            return
        }
        failures += 1
        addedInThisRead = 0
        cleanReads = 0
        guard failures < Self.patience else {
            phase = .settled(.open)
            return
        }
        phase = .settling(until: now + min(intervals.settling * (1 << failures), .seconds(60)))
    }

    private mutating func newReading() -> TradesReading {
        reads += 1
        return TradesReading(
            window, version: version, takerOnly: takerOnly, nonce: "\(gap.from.milliseconds)-\(reads)")
    }
}
