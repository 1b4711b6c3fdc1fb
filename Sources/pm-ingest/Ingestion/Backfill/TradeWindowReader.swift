import PMJSON
import PMRecord
import PolymarketAPI

/// One complete read of the trades in a closed window of time from the Data API: decides what to request next.
///
/// The second version is read by its cursor, newest first, down to the window's start. The first is read by offsets, and
/// in halves of the window where it holds more rows than an offset can reach. A window of very many trades is read in
/// slices, the newest first; each continues where the one before it ended.
///
/// Source: docs/POLYMARKET.md, "Data API v2" and "Data API v1".
package struct TradeWindowReader: Sendable {
    /// A row that is not a valid trade.
    package struct UnreadableRow: Sendable {
        package let bytes: [UInt8]
        package let reason: String
    }

    /// Where the next slice of a window begins.
    package struct SliceStart: Sendable {
        fileprivate var position: PagePosition
        fileprivate var windows: [ClosedRange<Int64>]
    }

    /// Pages with fewer rows, all of them unreadable, are no proof that the API has changed its rows.
    private static let fewRows = 10

    private let window: ClosedRange<Timestamp>
    package let version: DataAPIVersion
    private let takerOnly: Bool
    /// Rows after which a slice ends.
    private let slice: Int
    /// Rows asked for at a time.
    private let page: Int
    private let start: PagePosition
    private var walk: PageWalk<TradeList>
    /// The windows that the first version has still to read, in seconds; the last one is being read.
    private var windows: [ClosedRange<Int64>]
    /// The rows of the window that the first version is reading; they are returned when it is complete.
    private var held: [TradeList.Row] = []
    package private(set) var isComplete = false
    /// True if there are more rows than an offset can reach.
    package private(set) var isCapped = false
    /// The reason why the API does not lead on to the rest of the rows.
    package private(set) var stall: String?
    /// Trades in the window so far.
    package private(set) var rows = 0
    /// Rows that are not valid trades, so far.
    package private(set) var unreadable = 0
    /// The trades of the last page, inside the window and outside.
    package private(set) var latestTrades: [(transaction: UInt128, time: Timestamp)] = []
    /// The unreadable rows of the last page.
    package private(set) var latestUnreadable: [UnreadableRow] = []
    /// How rows of the last page differ from their documented form.
    package private(set) var latestDrift = DriftObservation()
    /// Where the rest of the window begins, after a complete read of a slice; `nil` at the window's end.
    package private(set) var rest: SliceStart?

    /// - Parameters:
    ///   - takerOnly: Reads the takers' rows alone; they have the role.
    ///   - slice: Rows after which the read is complete, although the window may have more. The default is no bound.
    ///   - page: Rows asked for at a time, at most 1,000.
    ///   - sliceStart: Where this slice begins. The default is the newest row.
    package init(
        _ window: ClosedRange<Timestamp>, version: DataAPIVersion, takerOnly: Bool, slice: Int = .max,
        page: Int = 1000, from sliceStart: SliceStart? = nil
    ) {
        self.window = window
        self.version = version
        self.takerOnly = takerOnly
        self.slice = slice
        self.page = page
        start = sliceStart?.position ?? .start
        windows =
            sliceStart?.windows
            ?? [window.lowerBound.milliseconds / 1000...window.upperBound.milliseconds / 1000]
        walk = Self.walk(version, takerOnly: takerOnly, seconds: windows.last, page: page, from: start)
    }

    /// The next request; `nil` when the read is complete or has stalled.
    package var request: APIRequest? { isComplete ? nil : walk.request }

    /// Takes the response to ``request``.
    ///
    /// - Returns: The trades in the window.
    /// - Throws: For a body that is not a page of trades. The same page can be requested again.
    package mutating func take(_ body: [UInt8], _ decoder: FrameDecoder, at now: Timestamp) throws(APIError)
        -> [FeedMessage]
    {
        let page = try walk.read.page(in: body, decoder, receivedAt: now)
        latestUnreadable = page.rows.compactMap(\.unreadable)
        latestTrades = page.rows.compactMap(\.settled)
        latestDrift = page.drift
        if let first = latestUnreadable.first, page.count >= Self.fewRows,
            latestUnreadable.count == page.count
        {
            throw APIError(.form, "no row is a trade: \(first.reason)", from: walk.read.trades.route)
        }
        let position = walk.position
        let rows = walk.take(page, at: .now)
        if case .stalled(let reason)? = walk.end {
            stall = reason
            return []
        }
        unreadable += latestUnreadable.count
        switch version {
        case .v2: return takeSecond(rows, at: position)
        case .v1: return takeFirst(rows)
        }
    }

    private mutating func takeSecond(_ page: [TradeList.Row], at position: PagePosition) -> [FeedMessage] {
        let inside = page.filter { $0.isInside(window) }
        rows += inside.count
        // Rows may be out of order: only a page without any newer row shows that the window ends.
        let newest = page.compactMap(\.time).max()
        let isAtStart = walk.end == .complete || newest.map { $0 < window.lowerBound } ?? false
        isComplete = isAtStart || rows >= slice
        if isComplete, !isAtStart {
            // The next slice reads the last page again: its rows beyond the bound are not known to be clean.
            rest = SliceStart(position: position == start ? walk.position : position, windows: windows)
        }
        return inside.compactMap(\.message)
    }

    private mutating func takeFirst(_ page: [TradeList.Row]) -> [FeedMessage] {
        guard let seconds = windows.last else { return [] }
        let bounds =
            Timestamp(
                milliseconds: seconds.lowerBound * 1000)...Timestamp(
                milliseconds: seconds.upperBound * 1000 + 999)
        held += page.filter { $0.isInside(bounds) }
        guard let end = walk.end else { return [] }
        if end != .complete {
            if split(seconds) { return [] }
            isCapped = true
        }
        defer { held = [] }
        windows.removeLast()
        rows += held.count
        isComplete = windows.isEmpty || rows >= slice
        if isComplete, !windows.isEmpty { rest = SliceStart(position: .start, windows: windows) }
        if !isComplete { restart() }
        return held.compactMap(\.message)
    }

    /// Replaces a window by its halves; `false` when it is a single second.
    private mutating func split(_ seconds: ClosedRange<Int64>) -> Bool {
        guard seconds.count > 1 else { return false }
        let middle = (seconds.lowerBound + seconds.upperBound) / 2
        windows[windows.count - 1] = seconds.lowerBound...middle
        windows.append(middle + 1...seconds.upperBound)
        held = []
        restart()
        return true
    }

    private mutating func restart() {
        walk = Self.walk(version, takerOnly: takerOnly, seconds: windows.last, page: page, from: .start)
    }

    private static func walk(
        _ version: DataAPIVersion, takerOnly: Bool, seconds: ClosedRange<Int64>?, page: Int,
        from position: PagePosition
    ) -> PageWalk<TradeList> {
        var trades = DataAPI.TradesRead(version, takerOnly: takerOnly)
        trades.limit = page
        // It is not documented whether the bounds are inclusive: request more, and take what is inside.
        trades.window = seconds.map {
            Timestamp(
                milliseconds: ($0.lowerBound - 1) * 1000)...Timestamp(
                    milliseconds: ($0.upperBound + 1) * 1000)
        }
        // A slice bounds the rows of the second version, and the largest offset those of the first.
        return PageWalk(TradeList(trades), within: .init(rows: .max, pages: .max), from: position, at: .now)
    }
}
