import PMJSON
import PMRecord

/// Copies the members of a feed's row into a trade, and notes those that cannot be used under their own key.
///
/// Price, size, asset and side decide whether a row is a trade. Any other member in an unknown form is odd: it is
/// counted and kept among the record's `extra`, and the trade is emitted without it.
///
/// Each function checks a member's bytes in place and copies them once. A `String` for each member, lower-cased and
/// compared character by character, took twenty times as long.
struct MemberReader {
    let object: FeedObject
    /// The names of the odd members.
    private(set) var odd: [String] = []

    init(_ object: FeedObject) {
        self.object = object
    }

    mutating func text(_ key: JSONKey, _ member: TradeText.Member, into trade: inout Trade) {
        let isText = trade.text.set(member) { bytes in
            object.withContent(key) { bytes.append(cleaning: $0) } != nil
        }
        if !isText, object.range(key) != nil, !isEmptyText(key) { note(key) }
    }

    /// Copies `0x` and that many hex digits, in lower case.
    mutating func hex(
        _ key: JSONKey, digits: Int, _ member: TradeText.Member, into trade: inout Trade
    ) {
        let isHex = trade.text.set(member) { bytes in
            object.withText(key) { bytes.append(lowercasingHex: $0, digits: digits...digits) } ?? false
        }
        if !isHex, object.range(key) != nil, !isEmptyText(key) { note(key) }
    }

    /// Copies the id of a market or a combo, of any width; see ``ConditionID``.
    mutating func condition(_ key: JSONKey, into trade: inout Trade) {
        let isHex = trade.text.set(.conditionID) { bytes in
            object.withText(key) { text in
                guard bytes.append(lowercasingHex: text, digits: 1...64) else { return false }
                if text.count == ConditionID.shortLength { bytes.append(contentsOf: "00".utf8) }
                return true
            } ?? false
        }
        if !isHex, object.range(key) != nil, !isEmptyText(key) { note(key) }
    }

    /// Returns the index of an outcome; `nil` for 999, an outcome that the exchange could not label
    /// (docs/POLYMARKET.md, "Known misbehaviour").
    mutating func outcomeIndex(_ key: JSONKey) -> Int? {
        guard object.range(key) != nil else { return nil }
        guard let micros = (try? object.number(key))?.micros, micros.isMultiple(of: 1_000_000),
            0...999_000_000 ~= micros
        else {
            if !isEmptyText(key) { note(key) }
            return nil
        }
        return micros == 999_000_000 ? nil : Int(micros / 1_000_000)
    }

    /// Returns a time in seconds, milliseconds or microseconds, as a number or as text, or as RFC 3339.
    mutating func time(_ key: JSONKey) -> Timestamp? {
        guard object.range(key) != nil, !isEmptyText(key) else { return nil }
        if let number = try? object.number(key), let time = Timestamp(feedNumber: number) { return time }
        if let time = object.text(key).flatMap({ Timestamp($0) }) { return time }
        note(key)
        return nil
    }

    /// Copies the members that have no key of their own, and the odd ones, as one object.
    func rest(without known: [JSONKey], into trade: inout Trade) {
        let known = odd.isEmpty ? known : known.filter { !odd.contains($0.name.description) }
        trade.text.set(.extra) { object.append(restWithout: known, to: &$0) }
    }

    private func isEmptyText(_ key: JSONKey) -> Bool {
        object.with(key) { $0.holds(#""""#, at: 0..<$0.count) } ?? false
    }

    private mutating func note(_ key: JSONKey) { odd.append(key.name.description) }
}

extension [UInt8] {
    /// Appends `0x` and hex digits in lower case; returns `false`, and appends nothing of use, for any other text.
    ///
    /// - Parameter digits: Digits that are accepted.
    fileprivate mutating func append(lowercasingHex text: Span<UInt8>, digits: ClosedRange<Int>) -> Bool {
        guard digits ~= text.count - 2, text[0] == UInt8(ascii: "0"), text[1] | 0x20 == UInt8(ascii: "x")
        else {
            return false
        }
        let start = count
        text.withUnsafeBufferPointer { append(contentsOf: $0) }
        self[start + 1] |= 0x20
        return withUnsafeMutableBytes { bytes in
            var offset = start + 2
            // Eight digits at a time: the hashes and addresses of a trade have 168.
            while offset &+ 8 <= bytes.count {
                let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                guard word.isHexDigits else { return false }
                // Sets the bit that makes letters lower-case; digits have it already.
                bytes.storeBytes(of: word | 0x2020_2020_2020_2020, toByteOffset: offset, as: UInt64.self)
                offset &+= 8
            }
            while offset < bytes.count {
                let digit = bytes[offset] | 0x20
                guard bytes[offset].isDigit || 0x61...0x66 ~= digit else { return false }
                bytes[offset] = digit
                offset &+= 1
            }
            return true
        }
    }
}

extension UInt64 {
    /// True if each of the eight bytes is a hex digit, in either case.
    fileprivate var isHexDigits: Bool {
        let top: UInt64 = 0x8080_8080_8080_8080
        guard self & top == 0 else { return false }
        // Adding sets the top bit of a byte that is larger than the limit.
        let isNoDigit = (self ^ 0x3030_3030_3030_3030) &+ 0x7676_7676_7676_7676
        let letter = (self | 0x2020_2020_2020_2020) ^ 0x6060_6060_6060_6060
        let isAboveF = letter &+ 0x7979_7979_7979_7979
        let isAtLeastA = letter &+ 0x7F7F_7F7F_7F7F_7F7F
        return isNoDigit & (isAboveF | ~isAtLeastA) & top == 0
    }
}

extension Timestamp {
    /// Reads a feed's time: numbers below 10^12 are seconds, those below 10^15 milliseconds, others microseconds
    /// (docs/POLYMARKET.md, "Known misbehaviour"). Truncates to the millisecond.
    fileprivate init?(feedNumber number: Decimal) {
        guard let micros = number.micros else { return nil }
        let divisor: Int128 =
            micros < 1_000_000_000_000_000_000
            ? 1_000 : micros < 1_000_000_000_000_000_000_000 ? 1_000_000 : 1_000_000_000
        guard let number = Int64(exactly: micros / divisor), 0...253_402_300_799_999 ~= number else {
            return nil
        }
        self.init(milliseconds: number)
    }
}
