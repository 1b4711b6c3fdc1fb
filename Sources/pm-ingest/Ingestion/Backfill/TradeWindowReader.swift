import Curl
import PMJSON
import PMRecord

/// One complete read of the trades in a closed window of time from the Data API: decides what to request next.
///
/// The second version is read by its cursor, newest first, down to the window's start. The first is read page by page,
/// and in halves of the window where it holds more rows than an offset can reach. A window of very many trades is read in
/// slices, the newest first; each continues where the one before it ended.
///
/// Source: docs/POLYMARKET.md, "Data API v2" and "Data API v1".
package struct TradeWindowReader: Sendable {
    package enum Version: Sendable {
        case first, second
    }

    /// The reason why a response cannot be used.
    package struct InvalidResponse: Error, Equatable {
        package let reason: String
        /// Whether it is valid JSON of a form that is not known here, such as rows under other names.
        package var isUnknownForm = false
    }

    /// Where the next slice of a window begins.
    package struct SliceStart: Sendable {
        fileprivate var cursor: String?
        fileprivate var windows: [ClosedRange<Int64>]
    }

    /// Rows requested at a time.
    private static let page = 1000
    /// The largest offset that the first version accepts.
    private static let lastOffset = 10_000

    private let window: ClosedRange<Timestamp>
    private let version: Version
    private let takerOnly: Bool
    /// Makes the URLs of this read unique: a cache serves the response of a URL for minutes (docs/POLYMARKET.md, "Known
    /// misbehaviour").
    private let nonce: String
    /// Rows after which a slice ends.
    private let slice: Int
    private let start: String?
    private var cursor: String?
    /// The windows that the first version has still to read, in seconds; the last one is being read.
    private var windows: [ClosedRange<Int64>]
    private var offset = 0
    /// The messages of the window that the first version is reading; returned when it is complete.
    private var held: [FeedMessage] = []
    package private(set) var isComplete = false
    /// Whether there are more rows than an offset can reach.
    package private(set) var isCapped = false
    /// Rows in the window so far.
    package private(set) var rows = 0
    /// Rows among them that are not valid trades.
    package private(set) var unusable = 0
    /// Where the rest of the window begins, after a complete read of a slice; `nil` at the window's end.
    package private(set) var rest: SliceStart?

    /// - Parameters:
    ///   - slice: Rows after which the read is complete, although the window may have more. The default is no bound.
    ///   - sliceStart: Where this slice begins. The default is the newest row.
    package init(
        _ window: ClosedRange<Timestamp>, version: Version, takerOnly: Bool, nonce: String,
        slice: Int = .max, from sliceStart: SliceStart? = nil
    ) {
        self.window = window
        self.version = version
        self.takerOnly = takerOnly
        self.nonce = nonce
        self.slice = slice
        start = sliceStart?.cursor
        cursor = start
        windows =
            sliceStart?.windows
            ?? [window.lowerBound.milliseconds / 1000...window.upperBound.milliseconds / 1000]
    }

    /// The path and query to request.
    package var target: String {
        switch version {
        case .second:
            var query: URLQuery = ["limit": "\(Self.page)", "taker_only": "\(takerOnly)", "_": nonce]
            if let cursor { query.append("cursor", cursor) }
            return "/v2/trades\(query)"
        case .first:
            let seconds = windows.last ?? 0...0
            // It is not documented whether the bounds are inclusive: request more, and take what is inside.
            let query: URLQuery = [
                "limit": "\(Self.page)", "offset": "\(offset)", "takerOnly": "\(takerOnly)",
                "start": "\(seconds.lowerBound - 1)", "end": "\(seconds.upperBound + 1)", "_": nonce,
            ]
            return "/trades\(query)"
        }
    }

    /// Takes the response to ``target``.
    ///
    /// - Returns: The trades in the window, and the rows that are not valid trades.
    package mutating func take(_ body: [UInt8], _ decoder: FrameDecoder, at now: Timestamp)
        throws(InvalidResponse)
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
        throws(InvalidResponse) -> [FeedMessage]
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
            throw InvalidResponse(reason: "the rows of the Data API are not trades", isUnknownForm: true)
        }
        let next = pagination?["next_cursor"]?.nonEmptyString
        if pagination?["has_more"]?.bool == true, next == nil {
            throw InvalidResponse(reason: "the Data API has more rows and no cursor", isUnknownForm: true)
        }
        let inside = messages.filter { $0.isInside(window) }
        rows += inside.count
        let isAtStart =
            next == nil || pagination?["has_more"]?.bool == false || messages.isEmpty
            || messages.compactMap(\.time).min().map { $0 < window.lowerBound } ?? false
        isComplete = isAtStart || rows >= slice
        if isComplete, !isAtStart {
            // The next slice reads the last page again: the copies of one trade stand side by side, and all of them have
            // to be counted within one slice.
            rest = SliceStart(cursor: cursor == start ? next : cursor, windows: windows)
        }
        cursor = next
        return inside
    }

    private mutating func takeFirst(_ body: [UInt8], _ decoder: FrameDecoder, _ now: Timestamp)
        throws(InvalidResponse) -> [FeedMessage]
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
        if isComplete, !windows.isEmpty { rest = SliceStart(cursor: nil, windows: windows) }
        return held
    }

    /// Replaces a window by its halves; `false` when it is a single second.
    private mutating func split(_ seconds: ClosedRange<Int64>) -> Bool {
        guard seconds.count > 1 else { return false }
        let middle = (seconds.lowerBound + seconds.upperBound) / 2
        windows[windows.count - 1] = seconds.lowerBound...middle
        windows.append(middle + 1...seconds.upperBound)
        (held, offset) = ([], 0)
        return true
    }

    private func messages(of list: [UInt8], _ decoder: FrameDecoder, _ now: Timestamp) throws(InvalidResponse)
        -> [FeedMessage]
    {
        try parsed { () throws(JSONError) in try elementRanges(of: list.span) }.map { range in
            decoder.row(Array(list[range]), receivedAt: now)
                ?? .malformed("a row of the Data API that is not a trade")
        }
    }

    private func parsed<Value>(_ parse: () throws(JSONError) -> Value) throws(InvalidResponse) -> Value {
        do {
            return try parse()
        } catch {
            throw InvalidResponse(reason: "the response of the Data API is not valid JSON: \(error)")
        }
    }
}

extension FeedMessage {
    fileprivate var time: Timestamp? {
        if case .trade(let trade, _, _) = self { trade.time } else { nil }
    }

    fileprivate var isMalformed: Bool {
        if case .malformed = self { true } else { false }
    }

    /// Whether it is a trade in the window. Other messages are inside too, so that they are counted.
    fileprivate func isInside(_ window: ClosedRange<Timestamp>) -> Bool {
        time.map { window.contains($0) } ?? true
    }
}
