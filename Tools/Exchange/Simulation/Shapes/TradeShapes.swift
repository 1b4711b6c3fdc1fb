import PMJSON
import PMRecord

/// A trade in each of the shapes in which it is told.
package struct TradeShapes {
    let world: World

    package init(_ world: World) { self.world = world }

    /// What RTDS sends after the connection's id: the payload, and its time, topic and type.
    ///
    /// - Parameter type: `trades` or `orders_matched`.
    package func rtdsFrame(_ fill: Fill, type: String, at time: Timestamp, connection: String) -> [UInt8] {
        let (market, wallet) = (world.markets[fill.market], world.population.wallets[fill.wallet])
        let isTextual = fill.oddities.contains(.textualNumbers)
        let isUnknown = fill.oddities.contains(.unknownOutcome)
        return json {
            $0.feed("connection_id", connection)
            $0.key("payload")
            $0.object {
                $0.feed("asset", market.assets[fill.outcome])
                $0.feed("bio", "")
                $0.feed("conditionId", market.conditionID)
                $0.feed("eventSlug", market.event.slug)
                if let fee = fill.fee { $0.feed("fee", digits: fee) }
                $0.feed("icon", market.event.category.icon)
                $0.feed("name", wallet.name)
                $0.feed("outcome", isUnknown ? "" : market.outcomes[fill.outcome])
                $0.feed("outcomeIndex", isUnknown ? 999 : fill.outcome)
                $0.feed("price", digits: fill.price, asText: isTextual)
                $0.feed("profileImage", "")
                $0.feed("proxyWallet", wallet.mixedCaseAddress)
                $0.feed("pseudonym", wallet.pseudonym)
                $0.feed("side", fill.side.rawValue)
                $0.feed("size", digits: fill.size, asText: isTextual)
                $0.feed("slug", market.slug)
                $0.feed("timestamp", digits: String(time.milliseconds / 1_000), asText: isTextual)
                $0.feed("title", market.title)
                $0.feed("transactionHash", fill.transaction)
            }
            $0.feed("timestamp", time.milliseconds)
            $0.feed("topic", "activity")
            $0.feed("type", type)
        }
    }

    /// A row of the Data API's `/trades`.
    package func dataRow(_ fill: Fill) -> [UInt8] {
        json { write(fill, to: &$0) }
    }

    func write(_ fill: Fill, to row: inout JSONWriter) {
        let (market, wallet) = (world.markets[fill.market], world.population.wallets[fill.wallet])
        let isUnknown = fill.oddities.contains(.unknownOutcome)
        row.feed("proxyWallet", wallet.address)
        row.feed("side", fill.side.rawValue)
        row.feed("asset", market.assets[fill.outcome])
        row.feed("conditionId", market.conditionID)
        row.feed("size", digits: fill.size)
        row.feed("price", digits: fill.price)
        row.feed("timestamp", fill.blockTime)
        row.feed("title", market.title)
        row.feed("slug", market.slug)
        row.feed("icon", market.event.category.icon)
        row.feed("eventSlug", market.event.slug)
        row.feed("outcome", isUnknown ? "" : market.outcomes[fill.outcome])
        row.feed("outcomeIndex", isUnknown ? 999 : fill.outcome)
        writeNames(of: wallet, to: &row)
        row.feed("transactionHash", fill.transaction)
    }

    /// The same row with what no API says: its place in the truth, and whose order it was.
    func writeTruth(_ fill: Fill, to row: inout JSONWriter) {
        write(fill, to: &row)
        row.feed("number", fill.number)
        row.feed("taker", fill.isTaker)
        row.feed("ghost", fill.oddities.contains(.ghost))
        row.feed("twin", fill.oddities.contains(.twin))
        row.feed("matchedAt", fill.time.description)
        row.feed("character", world.population.wallets[fill.wallet].character.rawValue)
    }

    /// A row of the Data API's `/v2/trades`.
    func writeV2(_ fill: Fill, to row: inout JSONWriter) {
        let (market, wallet) = (world.markets[fill.market], world.population.wallets[fill.wallet])
        let isUnknown = fill.oddities.contains(.unknownOutcome)
        row.feed("proxy_wallet", wallet.address)
        row.feed("side", fill.side.rawValue)
        row.feed("token_id", market.assets[fill.outcome])
        row.feed("condition_id", market.conditionID)
        row.feed("size", digits: fill.size)
        row.feed("price", digits: fill.price)
        row.feed("timestamp", fill.blockTime)
        row.feed("title", market.title)
        row.feed("slug", market.slug)
        row.feed("event_slug", market.event.slug)
        row.feed("outcome", isUnknown ? "" : market.outcomes[fill.outcome])
        row.feed("outcome_index", isUnknown ? 999 : fill.outcome)
        row.feed("name", wallet.name)
        row.feed("pseudonym", wallet.pseudonym)
        row.feed("transaction_hash", fill.transaction)
    }

    /// A row of `/activity`: a trade.
    func writeActivity(_ fill: Fill, to row: inout JSONWriter) {
        let (market, wallet) = (world.markets[fill.market], world.population.wallets[fill.wallet])
        row.feed("proxyWallet", wallet.address)
        row.feed("timestamp", fill.blockTime)
        row.feed("conditionId", market.conditionID)
        row.feed("type", "TRADE")
        row.feed("size", digits: fill.size)
        row.feed("usdcSize", dollars: fill.dollars + (fill.fee.flatMap(Double.init) ?? 0))
        row.feed("transactionHash", fill.transaction)
        row.feed("price", digits: fill.price)
        row.feed("asset", market.assets[fill.outcome])
        row.feed("side", fill.side.rawValue)
        row.feed("outcomeIndex", fill.outcome)
        writeTitles(of: market, outcome: market.outcomes[fill.outcome], to: &row)
        writeNames(of: wallet, to: &row)
    }

    /// A row of `/activity`: anything else, which has no asset, side or outcome.
    func writeActivity(_ happening: WalletHistory.Happening, of wallet: Wallet, to row: inout JSONWriter) {
        let market = happening.market.map { world.markets[$0] }
        row.feed("proxyWallet", wallet.address)
        row.feed("timestamp", happening.time.milliseconds / 1_000)
        row.feed("conditionId", market?.conditionID ?? "")
        row.feed("type", happening.type)
        row.feed("size", dollars: happening.dollars)
        row.feed("usdcSize", dollars: happening.dollars)
        row.feed("transactionHash", happening.transaction)
        row.feed("price", 0)
        row.feed("asset", "")
        row.feed("side", "")
        row.feed("outcomeIndex", 999)
        writeTitles(of: market, outcome: "", to: &row)
        writeNames(of: wallet, to: &row)
    }

    private func writeTitles(of market: Market?, outcome: String, to row: inout JSONWriter) {
        row.feed("title", market?.title ?? "")
        row.feed("slug", market?.slug ?? "")
        row.feed("icon", market?.event.category.icon ?? "")
        row.feed("eventSlug", market?.event.slug ?? "")
        row.feed("outcome", outcome)
    }

    private func writeNames(of wallet: Wallet, to row: inout JSONWriter) {
        row.feed("name", wallet.name)
        row.feed("pseudonym", wallet.pseudonym)
        row.feed("bio", "")
        row.feed("profileImage", "")
        row.feed("profileImageOptimized", "")
    }
}
