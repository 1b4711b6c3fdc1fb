import PMJSON
import PMRecord

/// What is told of a market beside its trades.
package struct MarketFacts: Sendable, Equatable {
    package let conditionID: String
    package var title: String?
    package var slug: String?
    package var eventSlug: String?
    package var icon: String?
    package var outcomes: [String] = []
    /// The token of each outcome, in their order, which need not be Yes before No.
    package var assets: [String] = []

    package init(conditionID: String) {
        self.conditionID = conditionID
    }

    /// A market of Gamma's, whose lists are JSON inside text; `nil` without a condition or a token.
    ///
    /// Source: POLYMARKET.md, A.3.
    package init?(gamma json: JSON) {
        guard let id = json["conditionId"]?.nonEmptyString else { return nil }
        self.init(conditionID: id.lowercased())
        title = json["question"]?.nonEmptyString
        slug = json["slug"]?.nonEmptyString
        eventSlug = json["events"]?.array?.first?["slug"]?.nonEmptyString
        icon = json["icon"]?.nonEmptyString
        outcomes = list(json["outcomes"])
        assets = list(json["clobTokenIds"])
        guard !assets.isEmpty else { return nil }
    }

    /// The market channel's `new_market`, or `market_resolved`.
    ///
    /// Source: POLYMARKET.md, A.1.
    package init?(event json: JSON) {
        guard let id = json["market"]?.nonEmptyString ?? json["condition_id"]?.nonEmptyString else {
            return nil
        }
        self.init(conditionID: id.lowercased())
        title = json["question"]?.nonEmptyString
        slug = json["slug"]?.nonEmptyString
        eventSlug = json["event_message"]?["slug"]?.nonEmptyString
        outcomes = list(json["outcomes"])
        assets = list(json["assets_ids"] ?? json["clob_token_ids"])
        guard !assets.isEmpty else { return nil }
    }
}

/// An array, or a text that holds one.
private func list(_ json: JSON?) -> [String] {
    let array = json?.array ?? json?.string.flatMap { try? JSON($0) }?.array ?? []
    return array.compactMap(\.string)
}
