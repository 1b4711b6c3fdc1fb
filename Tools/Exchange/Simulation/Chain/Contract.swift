/// The contracts of the protocol on Polygon, in lower case. Source: docs/POLYMARKET.md, "Chain".
enum Contract {
    static let exchange = "0xe111180000d2663c0091e4f400237545b87b996b"
    static let negativeRiskExchange = "0xe2222d279d744050d28e00520010520000310f59"
    static let exchangeV3 = "0xe3333700ca9d93003f00f0f71f8515005f6c00aa"
    static let collateral = "0xc011a7e12a19f7b1f670d46f03b03f3342e82dfb"
    static let conditionalTokens = "0x4d97dcd97ec945f40cf65f87097ace5ea0476045"

    static let addresses: Set = [
        exchange, negativeRiskExchange, exchangeV3, collateral, conditionalTokens,
        "0x006f54f7f9a22e0000cc2ab60031000000ae9fef",  // PositionManager
        "0x12121212006e4cd160d18e3f00711da5c3372600",  // Router
        "0x1000008dd9001b968442c1000017eae6e0da00ba",  // BinaryModule
        "0x200000900045e3b6259600682756002200028933",  // NegRiskModule
        "0x30000034706c7d8e12009dab006be20000c031a8",  // CombinatorialModule
        "0xa1200000d0002264c9a1698e001292d00e1b00af",  // AutoRedeemer
    ]

    /// The exchange that settles the trades of a market.
    static func exchange(of market: Market) -> String {
        if market.module.isV2 { return exchangeV3 }
        return market.event.negativeRiskID == nil ? exchange : negativeRiskExchange
    }
}
