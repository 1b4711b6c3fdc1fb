/// The contract family that issues a market's tokens, as `/v2/tokens` names it.
package enum TokenModule: String, Sendable {
    case ctf = "v1_ctf"
    case binary
    case negRisk = "neg_risk"
    case combo

    /// True if the tokens are Protocol V2 positions: their ids have a structure, and ExchangeV3 trades them.
    package var isV2: Bool { self != .ctf }

    /// The first byte of a Protocol V2 id.
    var byte: String {
        switch self {
        case .ctf: ""
        case .binary: "01"
        case .negRisk: "02"
        case .combo: "03"
        }
    }
}

/// A Protocol V2 id: a condition, and one position for each outcome.
///
/// 64 hex digits: module (2), base hash (32), arity (4), zeros (16), resolution chain (4), condition index (4),
/// outcome (2). A condition is a position whose outcome byte is zero. Source: docs/POLYMARKET.md, "Identifiers".
struct StructuralID {
    /// 62 digits; all but the outcome.
    private let stem: String

    /// - Parameters:
    ///   - base: 32 hex digits.
    ///   - index: Which market of a group.
    init(module: TokenModule, base: String, index: Int = 0) {
        let digits = String(index, radix: 16)
        stem =
            module.byte + base + String(repeating: "0", count: 24)
            + String(repeating: "0", count: 4 - digits.count) + digits
    }

    /// The id that `/v2/positions/combos` gives to a CTF market that is a leg of a combo.
    init(ofCTF conditionID: String) { self.init(module: .binary, base: String(conditionID.suffix(32))) }

    /// `0x` and 64 digits.
    var conditionID: String { "0x" + stem + "00" }

    /// `0x` and 62 digits.
    var shortConditionID: String { "0x" + stem }

    /// The position of an outcome, in decimal.
    func position(_ outcome: Int) -> String { decimalText(ofHex: stem + "0\(outcome)") }
}
