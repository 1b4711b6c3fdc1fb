import PMRecord
import PolymarketAPI

/// Reads a gap's window from the Data API until two clean reads in a row add nothing: decides, never requests.
///
/// A read is clean if it shows what the feed sent before the gap and after it: see ``ReadEvidence``.
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
    /// Reads of a gap, and of an audit, that may show too little before it is left for later.
    private static let mostUnproved = (gap: 12, audit: 2)
    private static let longestPause = Duration.seconds(60)
    /// Statuses that mean that the route of the API's lag does not exist, or not in this form.
    private static let unsupportedStatuses = [400, 404, 405, 410, 501]

    package let gap: Gap
    private let intervals: Intervals
    private let isExact: Bool
    private var window: ClosedRange<Timestamp>
    /// When the gap ended, as far as this run knows.
    private let added: ContinuousClock.Instant
    /// How long the gap had ended by then.
    private let age: Duration
    private var evidence = ReadEvidence(.stretch([]))
    /// Trades that the feed sent before the gap.
    package private(set) var witnesses: [ReceivedTrades.Trade]
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
    private var unprovedReads = 0
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
    /// Up to when two clean reads have shown the trades of the feed; `nil` where it sent none.
    package private(set) var provedTo: Timestamp?

    /// - Parameters:
    ///   - isExact: Whether to read the gap's window alone. The default adds a margin on both sides.
    ///   - slice: Rows read at a time. The default is 100,000.
    ///   - witnesses: Trades that the feed sent before the gap, of an earlier attempt. The default is none.
    package init(
        of gap: Gap, _ intervals: Intervals, isExact: Bool = false, slice: Int = GapBackfill.slice,
        witnesses: [ReceivedTrades.Trade] = [], wall: Timestamp, at now: ContinuousClock.Instant
    ) {
        self.witnesses = witnesses
        self.slice = slice
        self.gap = gap
        self.intervals = intervals
        self.isExact = isExact
        added = now
        age = max(.zero, min(gap.to.duration(to: wall), .seconds(3600)))
        window =
            isExact
            ? gap.from...gap.to
            : gap.from.advanced(by: .zero - intervals.margin)...gap.to.advanced(by: intervals.settling)
        hasReadTakers = gap.feed == .market  // the market channel has takers alone
        phase = .settling(until: now + max(.zero, intervals.settling - age))
    }

    /// Returns what to do next.
    ///
    /// - Parameters:
    ///   - policy: Says which version of the API a read asks.
    ///   - received: What the feed sent. The default is nothing.
    package mutating func next(
        at now: ContinuousClock.Instant, _ policy: inout VersionPolicy,
        _ received: ReceivedTrades = ReceivedTrades()
    ) -> Step {
        switch phase {
        case .settling(let due):
            guard now >= due else { return .wait(until: due) }
            phase = policy.version(for: .trades) == .v2 ? .askingForLag : .ready
        case .askingForLag:
            return .fetch(DataAPI.ServiceStatusRead().request)
        case .ready:
            phase = .reading(newRead(policy.version(for: .trades, at: now), received))
        case .reading(let reader):
            guard let request = reader.request else { return stalled(reader) }
            return .fetch(request)
        case .pausing(let due, let reader):
            guard now >= due else { return .wait(until: due) }
            phase = policy.version(for: .trades) == reader.version ? .reading(reader) : .ready
        case .settled(let state):
            return .settled(state)
        }
        return next(at: now, &policy, received)
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
            let isBehind = age + added.duration(to: now) - intervals.settling < lag
            phase = isBehind && lag > .zero ? .settling(until: now + intervals.settling) : .ready
            return ([], [])
        case .reading(var reader):
            do throws(APIError) {
                let messages = try reader.take(body, decoder, at: wall)
                failures = 0
                phase = .reading(reader)
                for trade in reader.latestTrades { evidence.show(trade.transaction, at: trade.time) }
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
        guard evidence.isEnough(isNewest: sliceStart == nil, isOldest: reader.rest == nil) || reader.isCapped
        else {
            return unproved(at: now)
        }
        cleanReads = addedInThisRead == 0 ? cleanReads + 1 : 0
        addedInThisRead = 0
        let proved = evidence.provedTo
        provedTo = cleanReads <= 1 ? proved : [provedTo, proved].compactMap { $0 }.min()
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

    /// A read did not show what the feed sent: the API is behind, or left out a part of its list.
    private mutating func unproved(at now: ContinuousClock.Instant) {
        problem = "the API does not show trades that the feed sent"
        unprovedReads += 1
        cleanReads = 0
        addedInThisRead = 0
        let pause = min(intervals.settling * (1 << min(unprovedReads - 1, 6)), Self.longestPause)
        phase =
            unprovedReads >= (isExact ? Self.mostUnproved.audit : Self.mostUnproved.gap)
            ? .settled(.open) : .settling(until: now + pause)
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

    private mutating func newRead(_ version: DataAPIVersion, _ received: ReceivedTrades) -> TradeWindowReader
    {
        reads += 1
        addedInThisRead = 0
        if version != self.version {
            // A slice begins at a place of one version.
            (self.version, sliceStart, cleanReads) = (version, nil, 0)
            (rows, isIncomplete) = (0, false)
        }
        // Copies are counted inside one page. Twins that the end of a page parts stand together in the next read.
        let page = 1000 - reads % 8 * 13
        let expectation = expectation(version, received)
        if sliceStart == nil { evidence = ReadEvidence(expectation) } else { evidence.expect(expectation) }
        guard hasReadTakers else {
            // Half a slice: takers that were emitted first are still remembered when all rows are read.
            return TradeWindowReader(window, version: version, takerOnly: true, slice: slice / 2, page: page)
        }
        return TradeWindowReader(
            window, version: version, takerOnly: gap.feed == .market, slice: slice, page: page,
            from: sliceStart)
    }

    private mutating func expectation(_ version: DataAPIVersion, _ received: ReceivedTrades)
        -> ReadEvidence.Expectation
    {
        if isExact { return .stretch(received.all(in: window)) }
        let after = received.after(added, within: intervals.settling)
        widen(by: after)
        if witnesses.isEmpty {
            let start = min(window.lowerBound.advanced(by: UnsettledTrades.skew), gap.from)
            witnesses = received.before(added, in: start...gap.from)
        }
        // The first version returns no rows beyond the window's end.
        let end = window.upperBound.advanced(by: .zero - UnsettledTrades.skew)
        return .margins(before: witnesses, after: after.filter { version == .v2 || $0.time <= end })
    }

    /// Reads further if the gap ended later by the exchange's clock than by this machine's, which may be behind.
    private mutating func widen(by after: [ReceivedTrades.Trade]) {
        let ends = after.map { $0.time.advanced(by: .zero - added.duration(to: $0.receivedAt)) }.sorted()
        guard !ends.isEmpty else { return }
        let end = ends[ends.count / 2].advanced(by: intervals.settling)
        window = window.lowerBound...max(window.upperBound, end)
    }
}
