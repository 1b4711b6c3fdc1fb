import PMJSON
import PMRecord

/// The details of a market that its trades on the market channel lack.
package struct MarketDetails: Sendable, Equatable {
    package let conditionID: String
    package var title: String?
    package var slug: String?
    package var eventSlug: String?
    package var icon: String?
    package var outcomes: [String] = []
    /// The token of each outcome, in the order of `outcomes`. "Yes" is not always first.
    package var assets: [String] = []

    package init(conditionID: String) {
        self.conditionID = conditionID
    }

    /// Reads a market of the Gamma API, in which lists are JSON inside strings.
    ///
    /// Source: `docs/POLYMARKET.md`, A.3.
    ///
    /// - Returns: `nil` without a condition id or a token.
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

    /// Reads a `new_market` or `market_resolved` event of the market channel.
    ///
    /// Source: `docs/POLYMARKET.md`, A.1.
    ///
    /// - Returns: `nil` without a condition id or a token.
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

/// Reads an array, or a string that contains one.
private func list(_ json: JSON?) -> [String] {
    let array = json?.array ?? json?.string.flatMap { try? JSON($0) }?.array ?? []
    return array.compactMap(\.string)
}
