import Database
import WebSockets

/// The trades that a request for `/trades` asks for.
///
///     /trades                         the newest events
///     /trades?after=N                 the events after number N
///     /trades?before=N                the events before number N
///     /trades?before=TIME[,ID]        stored trades, of a wallet (&wallet=0x…) or a market (&market=0x…) if given
///     /trades?id=ID                   one trade
enum HistoryRequest: Equatable {
    case following(Int)
    /// `nil` for the newest.
    case preceding(Int?)
    case stored(HistorySelection, before: HistoryPosition?)
    case one(id: String)

    /// The trades of one response at most.
    static let mostTrades = 200

    /// Returns `nil` for parameters that are invalid or do not go together.
    init?(_ request: Request) {
        let (after, before) = (request.parameter("after"), request.parameter("before"))
        let (wallet, market) = (request.parameter("wallet"), request.parameter("market"))
        guard [wallet, market].allSatisfy({ $0.map(Self.isHex) ?? true }) else { return nil }
        let selection = HistorySelection(wallet: wallet?.lowercased(), market: market?.lowercased())
        switch (request.parameter("id"), after, before) {
        case (let id?, nil, nil) where wallet == nil && market == nil && Self.isHex(id): self = .one(id: id)
        case (nil, let after?, nil) where wallet == nil && market == nil:
            guard let number = Int(after), number >= 0 else { return nil }
            self = .following(number)
        case (nil, nil, nil):
            self = selection == HistorySelection() ? .preceding(nil) : .stored(selection, before: nil)
        case (nil, nil, let before?):
            if let number = Int(before), number >= 0, selection == HistorySelection() {
                self = .preceding(number)
            } else if let position = HistoryPosition(before) {
                self = .stored(selection, before: position)
            } else {
                return nil
            }
        default: return nil
        }
    }

    /// Returns true for hexadecimal digits, with or without `0x`.
    private static func isHex(_ text: String) -> Bool {
        let digits = text.lowercased().hasPrefix("0x") ? text.dropFirst(2) : text[...]
        return 1...64 ~= digits.utf8.count && digits.utf8.allSatisfy { UInt8($0).isHexDigit }
    }
}

extension UInt8 {
    fileprivate var isHexDigit: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
