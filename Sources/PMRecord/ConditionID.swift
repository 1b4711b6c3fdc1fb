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
        self.text = lower.utf8.count == 64 && lower.isPrefixedHex ? lower + "00" : lower
    }

    /// The kind of market, read from the id itself; `nil` for CTF and for any other form.
    package var marketType: MarketType? {
        guard text.utf8.count == 66, text.isPrefixedHex else { return nil }
        return MarketType(structuralDigits: text.utf8.dropFirst(2))
    }

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

    /// - Parameter digits: 64 hex digits of a condition or position id. The id is structural, not a hash, when
    ///   digits 38 to 53 are zero; the first byte then names the module.
    init?(structuralDigits digits: some Collection<UInt8>) {
        let zero = UInt8(ascii: "0")
        guard digits.count == 64, digits.dropFirst(38).prefix(16).allSatisfy({ $0 == zero }),
            digits.first == zero
        else { return nil }
        switch digits.dropFirst().first {
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
