import Curl
import PMJSON
import PMRecord

/// Gamma, the service that describes markets and people: `gamma-api.polymarket.com`.
package enum Gamma {
    /// Asks for one market. Closed markets are not in the answer unless they are asked for. Several markets may be
    /// asked for at once: `condition_ids` is a list, and the answer's default length 20.
    package static func market(_ conditionID: String, isClosed: Bool = false) -> APIRequest {
        var query: URLQuery = ["include_tag": "true", "limit": String(Route.gammaMarkets.mostAtOnce)]
        if isClosed { query.append("closed", "true") }
        let item = (["condition_ids": conditionID] as URLQuery).description.dropFirst()
        return APIRequest(.gammaMarkets, "/markets\(query)", item: "&\(item)")
    }

    package static func markets(in answer: [UInt8]) throws(APIError) -> [Market] {
        let rows = try list(answer)
        let markets = rows.compactMap(Market.init)
        guard rows.isEmpty || !markets.isEmpty else {
            throw APIError("answer has no market that can be read")
        }
        return markets
    }

    /// Asks who a wallet says it is. Answered with 404 for a wallet without a profile.
    package static func profile(of wallet: String) -> APIRequest {
        APIRequest(.gammaProfile, "/public-profile\(["address": wallet] as URLQuery)")
    }

    package static func profile(in answer: [UInt8]) throws(APIError) -> Profile {
        let json = try tree(answer)
        guard profileMembers.contains(where: { json[$0] != nil }) else {
            throw APIError("answer is no profile")
        }
        return Profile(json)
    }

    /// What a profile has, any of which may be `null`. Source: POLYMARKET.md, A.3.
    private static let profileMembers = [
        "createdAt", "proxyWallet", "name", "pseudonym", "profileImage", "displayUsernamePublic", "users",
    ]
}

extension Gamma {
    package struct Market: Sendable {
        package let conditionID: String
        package let question: String?
        package let slug: String?
        package let eventSlug: String?
        package let endDate: Timestamp?
        /// Dollars.
        package let volume: Micros?
        package let volume24h: Micros?
        package let liquidity: Micros?
        package let outcomes: [String]
        /// One for each outcome, in their order.
        package let outcomePrices: [Micros]
        package let tags: [String]
        package let isNegativeRisk: Bool
        package let isClosed: Bool
    }

    package struct Profile: Sendable {
        package let createdAt: Timestamp?
        package let name: String?
        package let pseudonym: String?
    }
}

extension Gamma.Market {
    init?(_ json: JSON) {
        guard let conditionID = json["conditionId"]?.nonEmptyString else { return nil }
        self.conditionID = conditionID.lowercased()
        question = json["question"]?.nonEmptyString
        slug = json["slug"]?.nonEmptyString
        let event = json["events"]?.array?.first
        eventSlug = event?["slug"]?.nonEmptyString
        endDate = json["endDate"]?.string.flatMap { Timestamp($0) }
        volume = Micros(json["volumeNum"]) ?? Micros(json["volume"])
        volume24h = Micros(json["volume24hr"])
        liquidity = Micros(json["liquidityNum"]) ?? Micros(json["liquidity"])
        outcomes = elements(json["outcomes"]).compactMap(\.string)
        outcomePrices = elements(json["outcomePrices"]).compactMap { Micros($0) }
        tags = (json["tags"]?.array ?? event?["tags"]?.array ?? []).compactMap { $0["label"]?.nonEmptyString }
        isNegativeRisk = json["negRisk"]?.bool ?? false
        isClosed = json["closed"]?.bool ?? false
    }
}

extension Gamma.Profile {
    init(_ json: JSON) {
        createdAt = json["createdAt"]?.string.flatMap { Timestamp($0) }
        name = json["name"]?.nonEmptyString
        pseudonym = json["pseudonym"]?.nonEmptyString
    }
}

/// The elements of a list that Gamma writes as JSON inside text: `"[\"Yes\", \"No\"]"`.
private func elements(_ json: JSON?) -> [JSON] {
    if let text = json?.string { return (try? JSON(text))?.array ?? [] }
    return json?.array ?? []
}
