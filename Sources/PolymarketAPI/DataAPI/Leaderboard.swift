import Curl
import PMJSON
import PMRecord

/// The leaderboards of the Data API.
package enum Leaderboard {
    package enum Period: String, Sendable, CaseIterable {
        case day = "DAY"
        case week = "WEEK"
        case month = "MONTH"
        case all = "ALL"

        /// The name in records and in version 2 of the service.
        package var name: String { rawValue.lowercased() }
    }

    /// A place as version 1 gives it.
    package struct Place: Sendable {
        package let rank: Int
        package let wallet: String
        package let name: String?
        /// Dollars gained in the period.
        package let profit: Micros
        /// Dollars traded in the period.
        package let volume: Micros?
    }

    /// The most places on a page of version 1.
    package static let page = 50

    package static func places(_ period: Period, from offset: Int) -> APIRequest {
        let query: URLQuery = [
            "timePeriod": period.rawValue, "orderBy": "PNL", "limit": String(page), "offset": String(offset),
        ]
        return APIRequest(.dataLeaderboard, "/v1/leaderboard\(query)")
    }

    package static func places(in answer: [UInt8]) throws(APIError) -> Page<Place> {
        try Page(in: answer, .array, from: .dataLeaderboard, DataAPI.BoardPlace.membersV1) {
            row throws(RowProblem) in
            Place(
                rank: try row.integer(required: "rank"), wallet: try row.hex(required: "proxyWallet"),
                name: row.text("userName"), profit: try row.amount(required: "pnl"), volume: row.amount("vol")
            )
        }
    }
}
