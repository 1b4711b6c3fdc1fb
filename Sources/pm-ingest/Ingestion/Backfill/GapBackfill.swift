import PMRecord
import PolymarketAPI

/// Reads a gap's window from the Data API until two reads in a row add nothing: decides, never requests.
///
///     settling ──▶ asking how far behind the API is ──▶ reading ──complete──▶ settling …  ──two clean──▶ settled
///                              ◀──────────too far───────┘ a request that failed is repeated after a pause
///
/// The first read of the activity feed has the takers alone: the others of their transactions are then makers. A long
/// window is read in slices, each until it is clean: no more trades are read twice than can be remembered.
package struct GapBackfill: Sendable {
    package enum Step: Equatable {
        /// Send this request; then ``received(_:_:wall:at:)`` or ``failed(status:_:at:)``.
        case fetch(APIRequest)
        case wait(until: ContinuousClock.Instant)
        /// Closed, or unrecoverable; or open, to be tried again later.
        case settled(Gap.State)
    }

    private enum Phase {
        case settling(until: ContinuousClock.Instant)
        case askingForLag
        /// A new read begins.
        case ready
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
    /// Statuses that mean that the route of the API's lag does not exist, or not in this form.
    private static let unsupportedStatuses = [400, 404, 405, 410, 501]

    package let gap: Gap
    private let intervals: Intervals
    private let window: ClosedRange<Timestamp>
    private let slice: Int
    /// Where the slice that is being read begins; `nil` for the newest.
    private var sliceStart: TradeWindowReader.SliceStart?
    /// The version of the last read; `nil` before the first.
    package private(set) var version: DataAPIVersion?
    private var phase: Phase
    private var hasReadTakers: Bool
    /// Reads begun; each counts the copies of a trade from zero.
    package private(set) var reads = 0
    /// Rows that the API has in the window.
    package private(set) var rows = 0
    /// True if a part of the window cannot be read.
    private var isIncomplete = false
    private var cleanReads = 0
    private var addedInThisRead = 0
    private var failures = 0
    /// Trades added that the feed had not sent.
    package private(set) var recovered = 0
    /// Unreadable rows seen, by their hash: each read shows them again.
    private var unreadable: Set<Int> = []
    /// How rows of the last page differ from their documented form.
    package private(set) var latestDrift = DriftObservation()
    /// The reason why the last request was of no use.
    package private(set) var problem: String?

    /// - Parameters:
    ///   - isExact: Whether to read the gap's window alone. The default adds a margin on both sides.
    ///   - slice: Rows read at a time. The default is 100,000.
    package init(
        of gap: Gap, _ intervals: Intervals, isExact: Bool = false, slice: Int = GapBackfill.slice,
        wall: Timestamp, at now: ContinuousClock.Instant
    ) {
        self.slice = slice
        self.gap = gap
        self.intervals = intervals
        window =
            isExact
            ? gap.from...gap.to
            : gap.from.advanced(by: .zero - intervals.margin)...gap.to.advanced(by: intervals.settling)
        hasReadTakers = gap.feed == .market  // the market channel has takers alone
        let rest = max(.zero, wall.duration(to: gap.to.advanced(by: intervals.settling)))
        phase = .settling(until: now + rest)
    }

    /// Returns what to do next.
    ///
    /// - Parameter policy: Says which version of the API a read asks.
    package mutating func next(at now: ContinuousClock.Instant, _ policy: inout VersionPolicy) -> Step {
        switch phase {
        case .settling(let due):
            guard now >= due else { return .wait(until: due) }
            phase = policy.version(for: .trades) == .v2 ? .askingForLag : .ready
        case .askingForLag:
            return .fetch(DataAPI.ServiceStatusRead().request)
        case .ready:
            phase = .reading(newRead(policy.version(for: .trades, at: now)))
        case .reading(let reader):
            guard let request = reader.request else { return stalled(reader) }
            return .fetch(request)
        case .pausing(let due, let reader):
            guard now >= due else { return .wait(until: due) }
            phase = policy.version(for: .trades) == reader.version ? .reading(reader) : .ready
        case .settled(let state):
            return .settled(state)
        }
        return next(at: now, &policy)
    }

    private mutating func stalled(_ reader: TradeWindowReader) -> Step {
        problem = reader.stall.map { "the list of trades does not lead on: \($0)" }
        phase = .settled(.open)
        return .settled(.open)
    }

    /// Takes the body of a successful response.
    ///
    /// - Returns: The trades to emit, then call ``emitted(new:suspected:at:)``; and unreadable rows not seen before.
    package mutating func received(
        _ body: [UInt8], _ decoder: FrameDecoder, wall: Timestamp, at now: ContinuousClock.Instant
    ) -> (messages: [FeedMessage], unreadable: [TradeWindowReader.UnreadableRow]) {
        switch phase {
        case .askingForLag:
            failures = 0
            let lag = Self.lag(in: body)
            let isBehind = wall.advanced(by: .zero - lag) < gap.to.advanced(by: intervals.settling)
            phase = isBehind && lag > .zero ? .settling(until: now + intervals.settling) : .ready
            return ([], [])
        case .reading(var reader):
            do throws(APIError) {
                let messages = try reader.take(body, decoder, at: wall)
                failures = 0
                phase = .reading(reader)
                latestDrift = reader.latestDrift
                let new = reader.latestUnreadable.filter { unreadable.insert($0.bytes.hashValue).inserted }
                return (messages, new)
            } catch {
                failed(status: nil, error.description, at: now)
                return ([], [])
            }
        case .settling, .ready, .pausing, .settled:
            return ([], [])
        }
    }

    /// Returns the age of the newest trade in the API's lists; zero where it does not say.
    private static func lag(in body: [UInt8]) -> Duration {
        guard let status = try? DataAPI.ServiceStatusRead().reading(of: body).value,
            let lag = status.tradeLag ?? status.lag
        else { return .zero }
        return max(.zero, min(lag + max(.zero, status.age ?? .zero), .seconds(1_000_000)))
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
        guard hasReadTakers else {
            (hasReadTakers, addedInThisRead) = (true, 0)
            phase = .ready
            return
        }
        guard reader.rows > 0 || reader.unreadable == 0 else {
            problem = "no row can be read"
            phase = .settled(.open)
            return
        }
        cleanReads = addedInThisRead == 0 ? cleanReads + 1 : 0
        addedInThisRead = 0
        guard cleanReads >= Self.cleanReadsNeeded || reader.isCapped else {
            phase = .settling(until: now + intervals.settling)
            return
        }
        rows += reader.rows
        isIncomplete = isIncomplete || reader.isCapped
        guard let rest = reader.rest else {
            phase = .settled(isIncomplete ? .unrecoverable : .closed)
            return
        }
        sliceStart = rest
        cleanReads = 0
        phase = .ready
    }

    /// There was no response, or not a successful one.
    ///
    /// - Parameter status: The status of the response, if there was one.
    package mutating func failed(status: Int?, _ reason: String, at now: ContinuousClock.Instant) {
        problem = reason
        if case .askingForLag = phase, let status, Self.unsupportedStatuses.contains(status) {
            phase = .ready  // the server does not say how far behind it is
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

    private mutating func newRead(_ version: DataAPIVersion) -> TradeWindowReader {
        reads += 1
        addedInThisRead = 0
        if version != self.version {
            // A slice begins at a place of one version.
            (self.version, sliceStart, cleanReads) = (version, nil, 0)
            (rows, isIncomplete) = (0, false)
        }
        guard hasReadTakers else {
            // Half a slice: takers that were emitted first are still remembered when all rows are read.
            return TradeWindowReader(window, version: version, takerOnly: true, slice: slice / 2)
        }
        return TradeWindowReader(
            window, version: version, takerOnly: gap.feed == .market, slice: slice, from: sliceStart)
    }
}
