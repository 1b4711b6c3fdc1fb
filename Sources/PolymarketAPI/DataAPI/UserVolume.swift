import Curl
import PMJSON
import PMRecord

extension DataAPI {
    /// The volume of one wallet, over its whole life or some days. Version 2 only.
    package struct UserVolumeRead: SingleRead, Hashable {
        package var wallet: String
        /// The time to count, which the service cuts to whole days in UTC; `nil` for everything.
        package var window: ClosedRange<Timestamp>?

        package init(of wallet: String, in window: ClosedRange<Timestamp>? = nil) {
            self.wallet = wallet
            self.window = window
        }

        package var request: APIRequest {
            var query: URLQuery = ["user": wallet]
            if let window { query.append(seconds: window) }
            return APIRequest(.dataV2UserVolume, "/v2/user-volume\(query)")
        }

        package func reading(of answer: [UInt8]) throws(APIError) -> Reading<UserVolume> {
            try Reading(in: answer, from: .dataV2UserVolume, UserVolume.members) { UserVolume($0) }
        }
    }

    package struct UserVolume: Sendable {
        package let shares: Micros?
        package let dollars: Micros?
        /// Filled orders.
        package let tradeCount: Int?
    }
}

extension DataAPI.UserVolume {
    init(_ row: RowReader) {
        shares = row.amount("volume")
        dollars = row.amount("volume_usdc")
        tradeCount = row.integer("trade_count")
    }

    static let members = MemberList(always: ["volume", "volume_usdc", "trade_count"])
}
