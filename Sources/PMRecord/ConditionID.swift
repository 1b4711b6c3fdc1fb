/// The id of a condition (a market or a combo), in the one form that records keep.
///
/// | market | on the wire | in a record |
/// |---|---|---|
/// | CTF (Conditional Token Framework) | `0x` and 64 hex digits, a hash | the same, in lower case |
/// | Protocol V2 market | `0x` and 62 hex digits, or 64 that end in `00` | 64 digits |
/// | combo | `0x03…`, 62 hex digits | 64 digits |
///
/// Source: docs/POLYMARKET.md, "Identifiers".
package struct ConditionID: Sendable, Hashable {
    /// The id as it is in records: lower case, and 64 digits even if 62 were received.
    package let text: String

    /// Takes an id of any width. The form of an identifier is no reason to lose a trade: other text is kept as
    /// it is, in lower case.
    package init(_ text: String) {
        let lower = text.lowercased()
        self.text = lower.utf8.count == Self.shortLength && lower.isPrefixedHex ? lower + "00" : lower
    }

    /// The length of an id with 62 digits, which a record keeps with 64.
    package static let shortLength = 64

    /// The kind of market, read from the id itself; `nil` for CTF and for any other form.
    package var marketType: MarketType? { MarketType(conditionID: Array(text.utf8).span) }

    /// The id as the service wants it in a request: 62 digits for a combo, else 64.
    package var forRequests: String {
        marketType == .combo ? String(text.dropLast(2)) : text
    }

    /// The id with 62 digits, which `/v2/trades` may want for a Protocol V2 market; `nil` for CTF.
    package var short: String? {
        marketType == nil ? nil : String(text.dropLast(2))
    }
}

/// A market that is not one of the CTF: key `market_type` of a record.
package enum MarketType: String, Sendable, CaseIterable {
    /// A Protocol V2 market with two outcomes.
    case binary
    /// A Protocol V2 market of an event in which one outcome wins.
    case negativeRisk = "neg_risk"
    /// Several legs, bought as one.
    case combo

    /// Reads the type from a condition's id in the form that records have.
    ///
    /// The id is structural, not a hash, when digits 38 to 53 are zero; the first byte then names the module.
    package init?(conditionID text: Span<UInt8>) {
        let zero = UInt8(ascii: "0")
        // The second digit first: it rules out most hashes.
        guard text.count == 66, text[2] == zero, text[0] == zero, text[1] == UInt8(ascii: "x") else {
            return nil
        }
        for digit in 38..<54 where text[2 + digit] != zero { return nil }
        switch text[3] {
        case UInt8(ascii: "1"): self = .binary
        case UInt8(ascii: "2"): self = .negativeRisk
        case UInt8(ascii: "3"): self = .combo
        default: return nil
        }
    }
}

extension String {
    fileprivate var isPrefixedHex: Bool {
        hasPrefix("0x") && utf8.dropFirst(2).allSatisfy { 0x30...0x39 ~= $0 || 0x61...0x66 ~= $0 }
    }
}
