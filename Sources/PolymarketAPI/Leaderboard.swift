import Curl
import PMJSON
import PMRecord

/// The Data API's leaderboard.
package enum Leaderboard {
    package enum Period: String, Sendable, CaseIterable {
        case day = "DAY"
        case week = "WEEK"
        case month = "MONTH"
        case all = "ALL"

        /// As records have it.
        package var name: String { rawValue.lowercased() }
    }

    package struct Place: Sendable {
        package let rank: Int
        package let wallet: String
        package let name: String?
        /// Dollars gained in the period.
        package let profit: Micros
        /// Dollars traded in the period.
        package let volume: Micros?
    }

    /// Places on a full page; the most the service gives.
    package static let page = 50

    package static func places(_ period: Period, from offset: Int) -> APIRequest {
        let query: URLQuery = [
            "timePeriod": period.rawValue, "orderBy": "PNL", "limit": String(page), "offset": String(offset),
        ]
        return APIRequest(.dataLeaderboard, "/v1/leaderboard\(query)")
    }

    package static func places(in answer: [UInt8]) throws(APIError) -> Page<Place> {
        try Page(in: answer, Place.init)
    }
}

extension Leaderboard.Place {
    init?(_ json: JSON) {
        guard let rank = json["rank"]?.integer, let wallet = json["proxyWallet"]?.nonEmptyString,
            let profit = Micros(json["pnl"])
        else { return nil }
        self.rank = rank
        self.wallet = wallet.lowercased()
        name = json["userName"]?.nonEmptyString
        self.profit = profit
        volume = Micros(json["vol"])
    }
}
