import Curl
import PMJSON
import PMRecord

extension Gamma {
    /// Markets by the keyset list, at most 100 a page.
    ///
    /// Closed and open markets are two lists: whatever is not found in one may be in the other; see
    /// ``closed``. Source: docs/POLYMARKET.md, "Gamma".
    package struct MarketsRead: PagedRead, Hashable {
        package enum Subject: Sendable, Hashable {
            case all
            /// The most traded of the last day first.
            case mostTraded
            case conditions([ConditionID])
            /// CTF token ids.
            case tokens([String])
        }

        package let subject: Subject
        package var isClosed: Bool

        package init(_ subject: Subject, isClosed: Bool = false) {
            self.subject = subject
            self.isClosed = isClosed
        }

        /// The same read among the closed markets.
        package var closed: MarketsRead { MarketsRead(subject, isClosed: true) }

        /// The most ids in one request: a URL of less than 2,000 characters.
        private static let mostItems = 20

        /// Requests for ids can be joined with others of the same kind.
        package func request(at position: PagePosition) -> APIRequest {
            var query: URLQuery = ["limit": "100", "closed": "\(isClosed)", "include_tag": "true"]
            switch subject {
            case .all: break
            case .mostTraded:
                query.append("order", "volume24hr")
                query.append("ascending", "false")
            // A combo is no market of Gamma.
            case .conditions(let ids):
                return request(
                    query, "condition_ids", ids.filter { $0.marketType != .combo }.map(\.forRequests),
                    position)
            case .tokens(let ids): return request(query, "clob_token_ids", ids, position)
            }
            if let cursor = position.cursor { query.append("after_cursor", cursor) }
            return APIRequest(.gammaMarketsKeyset, "/markets/keyset\(query)")
        }

        private func request(
            _ query: URLQuery, _ name: String, _ ids: [String], _ position: PagePosition
        ) -> APIRequest {
            var query = query
            if let cursor = position.cursor { query.append("after_cursor", cursor) }
            return APIRequest(
                .gammaMarketsKeyset, "/markets/keyset\(query)&\(name)=",
                items: ids.map { percentEncoded($0) },
                separator: "&\(name)=", mostItems: Self.mostItems)
        }

        package func page(in answer: [UInt8]) throws(APIError) -> Page<Market> {
            try Page(in: answer, .keyset("markets"), from: .gammaMarketsKeyset, Market.members) {
                row throws(RowProblem) in try Market(row)
            }
        }

        package func key(of row: Market) -> String? { row.conditionID }
    }
}
