import Database

/// Input lines of pm-store.
package enum Line {
    /// Returns a trade.
    ///
    /// - Parameter more: More members as JSON, each with a comma before it: `,"tier":"WHALE"`.
    package static func trade(
        _ id: String, revision: Int? = nil, time: String = "2026-11-22T10:00:00.000Z",
        wallet: String = "0xw1",
        market: String = "0xm1", price: String = "0.5", size: String = "3000", more: String = ""
    ) -> String {
        #"{"kind":"trade","id":"\#(id)","seq":1,"feed":"activity","via":"live","time":"\#(time)","#
            + #""received_at":"\#(time)","asset_id":"77","condition_id":"\#(market)","tx_hash":"0xabc","#
            + #""wallet":"\#(wallet)","side":"BUY","title":"Will it rain?","price":\#(price),"size":\#(size)"#
            + (revision.map { #","revision":\#($0)"# } ?? "") + more + "}"
    }

    package static func mark(_ seq: Int, stream: String = "s") -> String {
        #"{"kind":"mark","stream":"\#(stream)","seq":\#(seq),"time":"2026-11-22T10:00:00.000Z"}"#
    }
}

extension Batch {
    /// - Throws: ``InvalidRecord`` for a line that cannot be stored.
    package init(lines: [String]) throws {
        self.init(try lines.enumerated().map { try StorableLine(Array($1.utf8), number: $0 + 1) })
    }
}
