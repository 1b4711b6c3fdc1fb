import Curl
import PMJSON
import PMRecord

/// Gamma, the service that describes markets, events and people: `gamma-api.polymarket.com`.
package enum Gamma {
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
