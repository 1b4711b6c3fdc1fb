import PMJSON
import PMRecord
import PolymarketAPI

/// The details of a market that its trades on the market channel lack.
package struct MarketDetails: Sendable, Equatable {
    package let conditionID: String
    package var title: String?
    package var slug: String?
    package var eventSlug: String?
    package var icon: String?
    package var outcomes: [String] = []
    /// The token or position of each outcome, in the order of `outcomes`. "Yes" is not always first.
    package var assets: [String] = []

    /// - Parameter conditionID: In the form of records.
    package init(conditionID: String) {
        self.conditionID = conditionID
    }

    /// - Returns: `nil` for a market without an asset.
    package init?(_ market: Gamma.Market) {
        guard !market.assets.isEmpty else { return nil }
        self.init(conditionID: market.conditionID)
        (title, slug, eventSlug, icon) = (market.question, market.slug, market.eventSlug, market.icon)
        (outcomes, assets) = (market.outcomes, market.assets)
    }

    /// Reads a `new_market` or `market_resolved` event of the market channel.
    ///
    /// Source: docs/POLYMARKET.md, "Feeds".
    ///
    /// - Returns: `nil` without a condition id or an asset.
    package init?(event json: JSON) {
        let event = RowReader(json)
        guard let id = event.condition("market") ?? event.condition("condition_id") else { return nil }
        self.init(conditionID: id.text)
        title = event.text("question")
        slug = event.text("slug")
        eventSlug = json["event_message"]?["slug"]?.nonEmptyString
        outcomes = event.list("outcomes").compactMap(\.string)
        let lists = ["assets_ids", "asset_ids", "clob_token_ids", "position_ids"].lazy.map { name in
            event.list(name).compactMap { $0.nonEmptyString ?? $0.numberText }
        }
        assets = lists.first { !$0.isEmpty } ?? []
        guard !assets.isEmpty else { return nil }
    }
}
