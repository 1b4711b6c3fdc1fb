import Curl
import PMJSON
import PMRecord

/// The exchange's order books: `clob.polymarket.com`.
package enum CLOB {
    /// Asks for the book of one asset, a CTF token or a Protocol V2 position. The service answers 404 when
    /// there is none, as for a market that has ended, and for a combo.
    package static func book(of asset: String) -> APIRequest {
        APIRequest(.clobBook, "/book\(["token_id": asset] as URLQuery)")
    }

    package static func book(in answer: [UInt8]) throws(APIError) -> OrderBook {
        try OrderBook(RowReader(try tree(answer, from: .clobBook)))
    }

    /// Compares an answer with the documented form.
    package static func drift(in answer: [UInt8]) -> DriftObservation {
        var drift = DriftObservation()
        if let json = try? JSON(answer) { drift.compare(json, with: members) }
        return drift
    }

    /// Source: docs/POLYMARKET.md, "CLOB".
    private static let members = MemberList(
        always: [
            "market", "asset_id", "timestamp", "hash", "bids", "asks", "min_order_size", "tick_size",
            "neg_risk",
            "last_trade_price",
        ], sometimes: ["version"])
}
