import Curl
import PMJSON
import PMRecord

extension DataAPI {
    /// The value of all that a wallet holds.
    package struct PortfolioValueRead: SingleRead, Hashable {
        package var version: DataAPIVersion
        package var wallet: String

        package init(_ version: DataAPIVersion = .v2, of wallet: String) {
            self.version = version
            self.wallet = wallet
        }

        package var request: APIRequest {
            let query: URLQuery = ["user": wallet]
            return switch version {
            case .v1: APIRequest(.dataValue, "/value\(query)")
            case .v2: APIRequest(.dataV2Value, "/v2/value\(query)")
            }
        }

        /// - Returns: Dollars: markets at their market price, combos at cost.
        package func reading(of answer: [UInt8]) throws(APIError) -> Reading<Micros> {
            switch version {
            case .v1:
                try Reading(
                    firstElement(answer, from: .dataValue), named: "answer", from: .dataValue,
                    MemberList(always: ["user", "value"])
                ) { $0.amount("value") }
            case .v2:
                try Reading(in: answer, from: .dataV2Value, MemberList(always: ["proxy_wallet", "value"])) {
                    $0.amount("value")
                }
            }
        }
    }
}
