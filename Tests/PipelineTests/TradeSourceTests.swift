import TestSupport
import Testing

/// One trade of a Protocol V2 market as each source sends it.
struct TradeSourceTests {
    private static let condition =
        "0x015eed5eed5eed5eed5eed5eed5eed5eed0002" + String(repeating: "0", count: 24)
    /// The market's outcome No: the condition with the last byte 01.
    private static let position =
        "620034745789674513861386270768988356048896452109219383822095619354867531777"
    private static let wallet = "0x" + String(repeating: "ab", count: 20)
    private static let transaction = "0x" + String(repeating: "5c", count: 32)

    /// RTDS, with 64 digits.
    private static let frame = #"""
        {"topic":"activity","type":"trades","timestamp":1790272258200,"connection_id":"c","payload":{\#
        "proxyWallet":"\#(wallet)","asset":"\#(position)","conditionId":"\#(condition)00","side":"BUY","price":0.5,\#
        "size":4000,"timestamp":1790272257,"transactionHash":"\#(transaction)","outcome":"No","outcomeIndex":1,\#
        "title":"Will it rain?","slug":"rain","eventSlug":"rain"}}
        """#
    /// The Data API, with 62 digits and the time of the block.
    private static let row = #"""
        {"proxy_wallet":"\#(wallet)","side":"BUY","token_id":"\#(position)","condition_id":"\#(condition)",\#
        "size":4000.0,"price":0.5,"timestamp":1790272258,"title":"Will it rain?","slug":"rain","event_slug":"rain",\#
        "outcome":"No","outcome_index":1,"transaction_hash":"\#(transaction)"}
        """#
    /// The market channel, without a wallet.
    private static let event = #"""
        {"event_type":"last_trade_price","asset_id":"\#(position)","market":"\#(condition)00","price":"0.5",\#
        "size":"4000","side":"BUY","timestamp":"1790272256000","fee_rate_bps":"0","transaction_hash":"\#(transaction)"}
        """#

    /// `man/pm-record.5`, "Identity", says why the market channel's is a second row.
    @Test func aTradeIsOneRowWhereItsWalletIsKnown() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("t.db")
        for source in [Self.frame, Self.row, Self.event, Self.row, Self.frame] {
            let chain = try Pipeline(
                [
                    Chain.stage("pm-ingest", ["--replay", "-"]), Chain.stage("pm-filter"),
                    Chain.stage("pm-store", ["--database", "sqlite:\(path)"]),
                ], input: .text(source + "\n"))
            let ends = try chain.wait()
            #expect(ends.allSatisfy { $0 == .status(0) }, "\(chain.errors)")
            #expect(chain.output.contains(#""kind":"trade""#), "\(chain.errors)")
        }
        let sqlite = try ChildProcess(
            Executables.installed("sqlite3")!,
            [path, "SELECT feed, wallet, condition_id, market_type FROM trades ORDER BY feed"])
        #expect(try sqlite.wait() == .status(0))
        #expect(
            sqlite.output == """
                activity|\(Self.wallet)|\(Self.condition)00|binary
                market||\(Self.condition)00|binary

                """)
    }
}
