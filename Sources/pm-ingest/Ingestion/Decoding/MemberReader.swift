import PMJSON
import PMRecord

/// Reads the members of a trade's row, and notes those that cannot be used under their own key.
///
/// Price, size, asset and side decide whether a row is a trade. Any other member in an unknown form is odd: it is
/// counted and kept among the record's `extra`, and the trade is emitted without it.
struct MemberReader {
    let object: FeedObject
    /// The names of the odd members.
    private(set) var odd: [String] = []

    init(_ object: FeedObject) {
        self.object = object
    }

    mutating func text(_ key: JSONKey) -> String? {
        if let raw = object.raw(key), raw.first != UInt8(ascii: "\"") { return note(key) }
        return object.text(key)
    }

    /// Returns `0x` and that many hex digits, in lower case.
    mutating func hex(_ key: JSONKey, digits: Int) -> String? {
        guard let text = text(key)?.lowercased() else { return nil }
        guard text.utf8.count == digits + 2, text.hasHexDigits else { return note(key) }
        return text
    }

    /// Returns the id of a market or a combo, of any width; see ``ConditionID``.
    mutating func condition(_ key: JSONKey) -> ConditionID? {
        guard let text = text(key)?.lowercased() else { return nil }
        guard 3...66 ~= text.utf8.count, text.hasHexDigits else { return note(key) }
        return ConditionID(text)
    }

    /// Returns the index of an outcome; `nil` for 999, an outcome that the exchange could not label
    /// (docs/POLYMARKET.md, "Known misbehaviour").
    mutating func outcomeIndex(_ key: JSONKey) -> Int? {
        guard object.raw(key) != nil else { return nil }
        guard let digits = try? object.number(key), let micros = Decimal(digits)?.micros,
            micros.isMultiple(of: 1_000_000), 0...999_000_000 ~= micros
        else { return object.text(key) == nil && isEmptyText(key) ? nil : note(key) }
        return micros == 999_000_000 ? nil : Int(micros / 1_000_000)
    }

    /// Returns a time in seconds, milliseconds or microseconds, as a number or as text, or as RFC 3339.
    mutating func time(_ key: JSONKey) -> Timestamp? {
        guard object.raw(key) != nil, !isEmptyText(key) else { return nil }
        if let digits = try? object.number(key), let time = Timestamp(feedDigits: digits) { return time }
        return object.text(key).flatMap { Timestamp($0) } ?? note(key)
    }

    /// Returns the members that have no key of their own, and the odd ones, as one object.
    func rest(without known: [JSONKey]) -> [UInt8]? {
        odd.isEmpty
            ? object.rest(without: known)
            : object.rest(without: known.filter { !odd.contains($0.name.description) })
    }

    private func isEmptyText(_ key: JSONKey) -> Bool { object.raw(key)?.elementsEqual(#""""#.utf8) ?? false }

    private mutating func note<Value>(_ key: JSONKey) -> Value? {
        odd.append(key.name.description)
        return nil
    }
}

extension String {
    fileprivate var hasHexDigits: Bool {
        hasPrefix("0x") && utf8.dropFirst(2).allSatisfy { 0x30...0x39 ~= $0 || 0x61...0x66 ~= $0 }
    }
}

extension Timestamp {
    /// Reads a feed's time: numbers below 10^12 are seconds, those below 10^15 milliseconds, others microseconds
    /// (docs/POLYMARKET.md, "Known misbehaviour"). Truncates to the millisecond.
    fileprivate init?(feedDigits digits: String) {
        guard let micros = Decimal(digits)?.micros else { return nil }
        let divisor: Int128 =
            micros < 1_000_000_000_000_000_000
            ? 1_000 : micros < 1_000_000_000_000_000_000_000 ? 1_000_000 : 1_000_000_000
        guard let number = Int64(exactly: micros / divisor), 0...253_402_300_799_999 ~= number else {
            return nil
        }
        self.init(milliseconds: number)
    }
}
