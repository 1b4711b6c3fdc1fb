import PMJSON

/// The texts and numbers of a trade, each in the form in which its record has it, one after another in one array.
///
/// One array, because a `String` for each member costs an allocation, a check of its UTF-8 and a second encoding: with
/// twelve members, more than everything else that pm-ingest does with a trade.
package struct TradeText: Sendable {
    /// The members of a record that are copied from the feed.
    package enum Member: Int, CaseIterable {
        case assetID, conditionID, transactionHash, wallet, side
        case outcome, title, slug, eventSlug, icon, name, pseudonym
        case price, size, extra
    }

    /// A string's content is escaped and has no quotes; a number or an object is JSON.
    private var bytes: [UInt8] = []
    /// The range of each member in ``bytes``: start and end, as the halves of one number. Absent members are `absent`.
    private var ranges = InlineArray<15, UInt64>(repeating: absent)

    private static let absent = UInt64.max
    /// Enough for nearly every trade.
    private static let usualLength = 640

    init() {
        bytes.reserveCapacity(Self.usualLength)
    }

    var count: Int { bytes.count }

    package func has(_ member: Member) -> Bool { ranges[member.rawValue] != Self.absent }

    /// Calls `body` with a member's bytes, unless it is absent.
    @inline(__always)
    package func with<Result>(_ member: Member, _ body: (Span<UInt8>) -> Result) -> Result? {
        let range = ranges[member.rawValue]
        guard range != Self.absent else { return nil }
        return body(bytes.span.extracting(Int(range >> 32)..<Int(range & 0xFFFF_FFFF)))
    }

    /// Sets a member to what `write` appends: a string's escaped content without quotes, or the JSON of a number or an
    /// object. Removes the member when `write` returns `false`.
    ///
    /// - Returns: What `write` returns.
    @discardableResult
    @inline(__always)
    package mutating func set<Failure>(
        _ member: Member, _ write: (inout [UInt8]) throws(Failure) -> Bool
    ) throws(Failure) -> Bool {
        let start = bytes.count
        let isPresent = try write(&bytes)
        ranges[member.rawValue] = isPresent ? UInt64(start) << 32 | UInt64(bytes.count) : Self.absent
        return isPresent
    }

    /// Sets a member to a text that needs no escapes.
    package mutating func set(_ member: Member, to text: StaticString) {
        set(member) { bytes in
            text.withUTF8Buffer { bytes.append(contentsOf: $0) }
            return true
        }
    }

    package mutating func remove(_ member: Member) { ranges[member.rawValue] = Self.absent }

    /// Appends a member's bytes to `line`; nothing when it is absent.
    @inline(__always)
    func append(_ member: Member, to line: inout [UInt8]) {
        let range = ranges[member.rawValue]
        guard range != Self.absent else { return }
        line.append(contentsOf: bytes.span, Int(range >> 32)..<Int(range & 0xFFFF_FFFF))
    }

    /// The member as text; for code that handles few trades.
    subscript(text member: Member) -> String? {
        get { with(member) { decodedJSONString($0) } }
        set {
            set(member) { bytes in
                guard let newValue else { return false }
                bytes.append(escaping: newValue.utf8)
                return true
            }
        }
    }

    /// The member as JSON; for code that handles few trades.
    subscript(json member: Member) -> [UInt8]? {
        get { with(member) { span in span.withUnsafeBufferPointer { Array($0) } } }
        set {
            set(member) { bytes in
                guard let newValue else { return false }
                bytes.append(contentsOf: newValue)
                return true
            }
        }
    }
}

extension TradeText: Equatable {
    package static func == (left: TradeText, right: TradeText) -> Bool {
        Member.allCases.allSatisfy { left[json: $0] == right[json: $0] }
    }
}
