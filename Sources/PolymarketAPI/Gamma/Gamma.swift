import Curl
import PMJSON
import PMRecord

/// Gamma, the service that describes markets, events and people: `gamma-api.polymarket.com`.
package enum Gamma {
    /// The most markets in one question of the older list.
    private static let mostMarkets = 20

    /// Asks the older list for one market. Closed markets are in the answer only when they are asked for.
    ///
    /// Several such requests can be joined: the parameter may be repeated.
    package static func market(_ conditionID: String, isClosed: Bool = false) -> APIRequest {
        var query: URLQuery = ["include_tag": "true", "limit": "\(mostMarkets)"]
        if isClosed { query.append("closed", "true") }
        return APIRequest(
            .gammaMarkets, "/markets\(query)&condition_ids=", items: [percentEncoded(conditionID)],
            separator: "&condition_ids=", mostItems: mostMarkets)
    }

    /// Reads the markets of either list.
    ///
    /// - Throws: Also when none of them can be read.
    package static func markets(in answer: [UInt8]) throws(APIError) -> [Market] {
        let isKeyset = (try? MemberIndex(answer.span))?.value(of: "markets", in: answer.span) != nil
        let page = try Page(
            in: answer, isKeyset ? .keyset("markets") : .array, from: .gammaMarkets, Market.members
        ) { row throws(RowProblem) in try Market(row) }
        guard page.count == 0 || page.unreadable < page.count else {
            throw APIError(.form, "no market can be read: \(page.firstProblem ?? "")", from: .gammaMarkets)
        }
        return page.rows
    }

    /// Asks for the profile of a wallet. The service answers 404 for a wallet without one.
    package static func profile(of wallet: String) -> APIRequest {
        APIRequest(.gammaProfile, "/public-profile\(["address": wallet] as URLQuery)")
    }

    package static func profile(in answer: [UInt8]) throws(APIError) -> Profile {
        let json = try tree(answer, from: .gammaProfile)
        guard Profile.members.contains(where: { json[$0] != nil }) else {
            throw APIError(.form, "answer is not a profile", from: .gammaProfile)
        }
        return Profile(RowReader(json))
    }
}

extension Gamma {
    /// The public description that a wallet gives of itself.
    package struct Profile: Sendable {
        package let createdAt: Timestamp?
        package let name: String?
        package let pseudonym: String?
    }
}

extension Gamma.Profile {
    init(_ row: RowReader) {
        createdAt = row.time("createdAt")
        name = row.text("name")
        pseudonym = row.text("pseudonym")
    }

    /// The members of a profile, any of which may be missing or null. Source: docs/POLYMARKET.md, "Gamma".
    static let members = [
        "createdAt", "proxyWallet", "name", "pseudonym", "profileImage", "displayUsernamePublic", "users",
    ]
}
