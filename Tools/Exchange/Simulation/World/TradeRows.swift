import PMJSON
import PMRecord

/// A trade as RTDS and both versions of the Data API write it.
package struct TradeRows {
    let world: World

    package init(_ world: World) { self.world = world }

    /// A frame of RTDS.
    ///
    /// - Parameters:
    ///   - type: `trades` or `orders_matched`.
    ///   - connection: The connection's id.
    package func rtdsFrame(_ fill: Fill, type: String, at time: Timestamp, connection: String) -> [UInt8] {
        let (market, wallet) = (world.markets[fill.market], world.population.wallets[fill.wallet])
        let label = Label(of: fill, in: market)
        let isTextual = fill.quirks.contains(.textualNumbers)
        return json {
            $0.field("connection_id", connection)
            $0.key("payload")
            $0.object {
                $0.field("asset", market.assets[fill.outcome])
                $0.field("bio", "")
                $0.field("conditionId", world.feedConditionID(of: market))
                $0.field("eventSlug", label.eventSlug)
                if let fee = fill.fee { $0.field("fee", digits: fee) }
                $0.field("icon", market.event.category.icon)
                $0.field("name", wallet.name)
                $0.field("outcome", label.outcome)
                $0.field("outcomeIndex", label.index)
                $0.field("price", digits: fill.price, asText: isTextual)
                $0.field("profileImage", "")
                $0.field("proxyWallet", wallet.mixedCaseAddress)
                $0.field("pseudonym", wallet.pseudonym)
                $0.field("side", fill.side.rawValue)
                $0.field("size", digits: fill.size, asText: isTextual)
                $0.field("slug", market.slug)
                $0.field("timestamp", digits: String(time.milliseconds / 1_000), asText: isTextual)
                $0.field("title", market.title)
                $0.field("transactionHash", fill.transaction)
            }
            $0.field("timestamp", time.milliseconds)
            $0.field("topic", "activity")
            $0.field("type", type)
        }
    }

    /// A row of the Data API's `/trades`, version 1.
    package func dataRow(_ fill: Fill) -> [UInt8] {
        json { write(fill, to: &$0) }
    }

    func write(_ fill: Fill, to row: inout JSONWriter) {
        let (market, wallet) = (world.markets[fill.market], world.population.wallets[fill.wallet])
        let label = Label(of: fill, in: market)
        row.field("proxyWallet", wallet.address)
        row.field("side", fill.side.rawValue)
        row.field("asset", market.assets[fill.outcome])
        row.field("conditionId", world.rowConditionID(of: market))
        row.field("size", digits: fill.size)
        row.field("price", digits: fill.price)
        row.field("timestamp", fill.block.seconds)
        row.field("title", market.title)
        row.field("slug", market.slug)
        row.field("icon", market.event.category.icon)
        row.field("eventSlug", label.eventSlug)
        row.field("outcome", label.outcome)
        row.field("outcomeIndex", label.index)
        row.field("name", wallet.name)
        row.field("pseudonym", wallet.pseudonym)
        row.field("bio", "")
        row.field("profileImage", "")
        row.field("profileImageOptimized", "")
        row.field("transactionHash", fill.transaction)
    }

    /// The same row, with facts that no API shows: its index in the truth, and the owner of the order.
    func writeTruth(_ fill: Fill, to row: inout JSONWriter) {
        write(fill, to: &row)
        row.field("number", fill.number)
        row.field("taker", fill.isTaker)
        row.field("ghost", fill.quirks.contains(.ghost))
        row.field("twin", fill.quirks.contains(.twin))
        row.field("module", world.markets[fill.market].module.rawValue)
        row.field("matchedAt", fill.time.description)
        row.field("character", world.population.wallets[fill.wallet].archetype.rawValue)
    }

    /// A row of `/v2/trades`.
    func writeV2(_ fill: Fill, to row: inout JSONWriter) {
        let (market, wallet) = (world.markets[fill.market], world.population.wallets[fill.wallet])
        let label = Label(of: fill, in: market)
        row.field("proxy_wallet", wallet.address)
        row.field("side", fill.side.rawValue)
        row.field("token_id", market.assets[fill.outcome])
        row.field("condition_id", world.rowConditionID(of: market))
        row.field("size", digits: fill.size)
        row.field("price", digits: fill.price)
        row.field("timestamp", fill.block.seconds)
        row.field("title", market.title)
        row.field("slug", market.slug)
        row.field("icon", market.event.category.icon)
        row.field("event_slug", label.eventSlug)
        row.field("outcome", label.outcome)
        row.field("outcome_index", label.index)
        row.writeProfile(of: wallet)
        row.field("transaction_hash", fill.transaction)
    }

    /// The names of the outcome and the event in a row.
    struct Label {
        let outcome: String
        let index: Int
        let eventSlug: String

        init(of fill: Fill, in market: Market) {
            outcome = market.isCombo ? "" : market.outcomes[fill.outcome]
            index = market.isCombo || fill.quirks.contains(.unknownOutcome) ? 999 : fill.outcome
            eventSlug = fill.quirks.contains(.noEventSlug) ? "" : market.event.slug
        }
    }
}

extension JSONWriter {
    /// The names of a wallet, as the rows of `/v2/trades` and `/v2/activity` have them.
    mutating func writeProfile(of wallet: Wallet) {
        field("name", wallet.name)
        field("pseudonym", wallet.pseudonym)
        field("bio", "")
        field("profile_image", "")
        field("profile_image_optimized", "")
    }
}
