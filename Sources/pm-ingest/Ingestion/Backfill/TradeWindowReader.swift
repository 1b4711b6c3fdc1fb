import Curl
import PMJSON
import PMRecord

/// One complete read of the trades in a closed window of time from the Data API: decides what to ask for next.
///
/// The second version is walked by its cursor, newest first, down to the window's start. The first is asked for
/// the window, page by page, and for its halves where it holds more than may be asked for. A window of very many
/// trades is read in slices, the newest first; each goes on where the one before it ended.
///
/// Source: POLYMARKET.md, A.4.
package struct TradeWindowReader: Sendable {
    package enum Version: Sendable {
        case first, second
    }

    /// Why an answer could not be used.
    package struct Malformed: Error, Equatable {
        package let reason: String
        /// Whether it has the right form, and rows of which none is a trade: they go by other names.
        package var isForeign = false
    }

    /// Where the next slice of a window begins.
    package struct Place: Sendable {
        fileprivate var cursor: String?
        fileprivate var windows: [ClosedRange<Int64>]
    }

    /// Rows asked for at a time.
    private static let page = 1000
    /// The first version refuses offsets beyond.
    private static let lastOffset = 10_000

    private let window: ClosedRange<Timestamp>
    private let version: Version
    private let takerOnly: Bool
    /// Makes the addresses of this read its own, since a cache answers by address for minutes.
    private let nonce: String
    /// Rows after which a slice ends.
    private let slice: Int
    private let start: String?
    private var cursor: String?
    /// In seconds; of the first version, what is still to be read. The last one is being read.
    private var windows: [ClosedRange<Int64>]
    private var offset = 0
    /// Of the window being read by the first version: told when it is complete.
    private var held: [FeedMessage] = []
    package private(set) var isComplete = false
    /// Whether there was more than could be asked for.
    package private(set) var isCapped = false
    /// Rows in the window so far.
    package private(set) var rows = 0
    /// Those of them that are no trades by all we know.
    package private(set) var unusable = 0
    /// Of a complete read that is a slice: where the rest is.
    package private(set) var rest: Place?

    /// - Parameters:
    ///   - slice: Rows after which the read is complete, though the window may have more.
    ///   - place: Where a slice before this one ended.
    package init(
        _ window: ClosedRange<Timestamp>, version: Version, takerOnly: Bool, nonce: String,
        slice: Int = .max, from place: Place? = nil
    ) {
        self.window = window
        self.version = version
        self.takerOnly = takerOnly
        self.nonce = nonce
        self.slice = slice
        start = place?.cursor
        cursor = start
        windows =
            place?.windows
            ?? [window.lowerBound.milliseconds / 1000...window.upperBound.milliseconds / 1000]
    }

    /// What to ask for: path and query.
    package var target: String {
        switch version {
        case .second:
            var query: URLQuery = ["limit": "\(Self.page)", "taker_only": "\(takerOnly)", "_": nonce]
            if let cursor { query.append("cursor", cursor) }
            return "/v2/trades\(query)"
        case .first:
            let seconds = windows.last ?? 0...0
            // Whether the bounds are inclusive nobody says: ask for more, and take what is inside.
            let query: URLQuery = [
                "limit": "\(Self.page)", "offset": "\(offset)", "takerOnly": "\(takerOnly)",
                "start": "\(seconds.lowerBound - 1)", "end": "\(seconds.upperBound + 1)", "_": nonce,
            ]
            return "/trades\(query)"
        }
    }

    /// Takes the answer to ``target``; the trades of it, and what else there was, that are to be told.
    package mutating func take(_ body: [UInt8], _ decoder: FrameDecoder, at now: Timestamp) throws(Malformed)
        -> [FeedMessage]
    {
        try parsed { () throws(JSONError) in try validate(body.span) }
        let messages =
            switch version {
            case .second: try takeSecond(body, decoder, now)
            case .first: try takeFirst(body, decoder, now)
            }
        unusable += messages.count(where: \.isMalformed)
        return messages
    }

    private mutating func takeSecond(_ body: [UInt8], _ decoder: FrameDecoder, _ now: Timestamp)
        throws(Malformed) -> [FeedMessage]
    {
        let (data, pagination) = try parsed { () throws(JSONError) in
            let index = try MemberIndex(body.span)
            guard let data = index.value(of: "data", in: body.span) else {
                throw JSONError(.unexpectedEnd, at: 0)
            }
            let pagination = try index.value(of: "pagination", in: body.span).map { range throws(JSONError) in
                try JSON(Array(body[range]))
            }
            return (Array(body[data]), pagination)
        }
        let messages = try messages(of: data, decoder, now)
        if !messages.isEmpty, messages.allSatisfy(\.isMalformed) {
            throw Malformed(reason: "the Data API's rows are no trades", isForeign: true)
        }
        let next = pagination?["next_cursor"]?.nonEmptyString
        if pagination?["has_more"]?.bool == true, next == nil {
            throw Malformed(reason: "the Data API has more, and says not where", isForeign: true)
        }
        let inside = messages.filter { $0.isInside(window) }
        rows += inside.count
        let isAtStart =
            next == nil || pagination?["has_more"]?.bool == false || messages.isEmpty
            || messages.compactMap(\.time).min().map { $0 < window.lowerBound } ?? false
        isComplete = isAtStart || rows >= slice
        if isComplete, !isAtStart {
            // The page is read again: copies of one tuple stand side by side, and are counted within one slice.
            rest = Place(cursor: cursor == start ? next : cursor, windows: windows)
        }
        cursor = next
        return inside
    }

    private mutating func takeFirst(_ body: [UInt8], _ decoder: FrameDecoder, _ now: Timestamp)
        throws(Malformed) -> [FeedMessage]
    {
        guard let seconds = windows.last else { return [] }
        let messages = try messages(of: body, decoder, now)
        let bounds =
            Timestamp(
                milliseconds: seconds.lowerBound * 1000)...Timestamp(
                milliseconds: seconds.upperBound * 1000 + 999)
        held += messages.filter { $0.isInside(bounds) }
        offset += Self.page
        if messages.count >= Self.page {
            if offset <= Self.lastOffset { return [] }
            if split(seconds) { return [] }
            isCapped = true
        }
        defer { (held, offset) = ([], 0) }
        windows.removeLast()
        rows += held.count
        isComplete = windows.isEmpty || rows >= slice
        if isComplete, !windows.isEmpty { rest = Place(cursor: nil, windows: windows) }
        return held
    }

    /// Reads the window's halves instead; `false` when it cannot be halved.
    private mutating func split(_ seconds: ClosedRange<Int64>) -> Bool {
        guard seconds.count > 1 else { return false }
        let middle = (seconds.lowerBound + seconds.upperBound) / 2
        windows[windows.count - 1] = seconds.lowerBound...middle
        windows.append(middle + 1...seconds.upperBound)
        (held, offset) = ([], 0)
        return true
    }

    private func messages(of list: [UInt8], _ decoder: FrameDecoder, _ now: Timestamp) throws(Malformed)
        -> [FeedMessage]
    {
        try parsed { () throws(JSONError) in try elementRanges(of: list.span) }.map { range in
            decoder.row(Array(list[range]), receivedAt: now)
                ?? .malformed("a row of the Data API that is no trade")
        }
    }

    private func parsed<Value>(_ parse: () throws(JSONError) -> Value) throws(Malformed) -> Value {
        do {
            return try parse()
        } catch {
            throw Malformed(reason: "the Data API's answer is \(error)")
        }
    }
}

extension FeedMessage {
    fileprivate var time: Timestamp? {
        if case .trade(let trade, _) = self { trade.time } else { nil }
    }

    fileprivate var isMalformed: Bool {
        if case .malformed = self { true } else { false }
    }

    /// What has no time is let through, to be counted.
    fileprivate func isInside(_ window: ClosedRange<Timestamp>) -> Bool {
        time.map { window.contains($0) } ?? true
    }
}
