import Curl
import PMJSON
import PMRecord

extension DataAPI {
    /// Trades, newest first: of the whole exchange, of a wallet, of markets or of an event.
    ///
    /// Version 2 looks back three years for a market or an event, and to the start of the previous month
    /// without any filter. A row appears some seconds after its block: about 3 s for a wallet, 6 to 11 s for
    /// a market. Source: docs/POLYMARKET.md, "Data API v2".
    package struct TradesRead: PagedRead, Hashable {
        package enum Market: Sendable, Hashable {
            /// The ids of at most 20 markets.
            case conditions([ConditionID])
            /// The event's id in Gamma.
            case event(String)
        }

        package enum Minimum: Sendable, Hashable {
            case shares(Micros)
            case dollars(Micros)
        }

        package var version = DataAPIVersion.v2
        package var wallet: String?
        package var market: Market?
        /// True for each match once, on its taker's side; false for one row for each filled order.
        package var takerOnly: Bool
        package var side: Side?
        /// `nil` for the service's own minimum, 0.01 shares.
        package var minimum: Minimum?
        /// The first and last second. Version 2 takes it only with a wallet: it is not sent otherwise.
        package var window: ClosedRange<Timestamp>?
        /// True to read all trades of a wallet; otherwise the service looks back three years.
        package var coversAllTime = false
        /// Rows asked for at a time, at most 1000. The service may give fewer.
        package var limit = 1000
        /// True if Protocol V2 markets are named by 62 digits; see ``withShortIDs``.
        private var usesShortIDs = false

        package init(
            _ version: DataAPIVersion = .v2, wallet: String? = nil, market: Market? = nil, takerOnly: Bool
        ) {
            self.version = version
            self.wallet = wallet
            self.market = market
            self.takerOnly = takerOnly
        }

        /// The same read with the other form of Protocol V2 ids, to be tried once when no row came; `nil`
        /// where the ids have one form only.
        package var withShortIDs: TradesRead? {
            guard !usesShortIDs, case .conditions(let ids) = market, ids.contains(where: { $0.short != nil })
            else {
                return nil
            }
            var read = self
            read.usesShortIDs = true
            return read
        }

        package func request(at position: PagePosition) -> APIRequest {
            switch version {
            case .v1: APIRequest(route, "/trades\(queryV1(at: position))", bypassesCache: true)
            case .v2: APIRequest(route, "/v2/trades\(queryV2(at: position))", bypassesCache: true)
            }
        }

        package func page(in answer: [UInt8]) throws(APIError) -> Page<TradeRow> {
            try Page(in: answer, form, from: route, members) { row throws(RowProblem) in
                try TradeRow(row, version, takerOnly ? .taker : nil)
            }
        }

        /// The rows of a page that are compared with the documented members where the caller decodes them.
        private static let driftSample = 10

        /// Reads a page whose rows the caller decodes itself, from their bytes. Ten of them are compared with their
        /// documented form.
        package func page<Row>(
            undecoded answer: [UInt8], _ decode: ([UInt8]) throws(RowProblem) -> Row?
        ) throws(APIError) -> Page<Row> {
            try Page(
                undecoded: answer, form, from: route, members, sample: Self.driftSample, decode)
        }

        private var members: MemberList { version == .v1 ? TradeRow.membersV1 : TradeRow.membersV2 }

        package var route: Route { version == .v1 ? .dataTrades : .dataV2Trades }

        private var form: Envelope.Form { version == .v1 ? .array : .paged }

        /// Version 1 rejects larger offsets.
        package var lastOffset: Int? { version == .v1 ? 10_000 : nil }

        private func queryV2(at position: PagePosition) -> URLQuery {
            var query: URLQuery = [:]
            if let wallet { query.append("user", wallet) }
            switch market {
            case .conditions(let ids)?: query.append("condition", ids.map(text(of:)).joined(separator: ","))
            case .event(let id)?: query.append("event_id", id)
            case nil: break
            }
            if let side { query.append("side", side.rawValue) }
            query.append("taker_only", "\(takerOnly)")
            if let (type, amount) = minimum?.parameters {
                query.append("filter_type", type)
                query.append("filter_amount", amount)
            }
            if wallet != nil, let window { query.append(seconds: window) }
            if wallet != nil, window == nil, coversAllTime { query.append("start", "1") }
            query.append("limit", "\(min(max(limit, 1), 1000))")
            if let cursor = position.cursor { query.append("cursor", cursor) }
            return query
        }

        private func queryV1(at position: PagePosition) -> URLQuery {
            var query: URLQuery = [:]
            if let wallet { query.append("user", wallet) }
            switch market {
            case .conditions(let ids)?: query.append("market", ids.map(text(of:)).joined(separator: ","))
            case .event(let id)?: query.append("eventId", id)
            case nil: break
            }
            if let side { query.append("side", side.rawValue) }
            query.append("takerOnly", "\(takerOnly)")
            if let (type, amount) = minimum?.parameters {
                query.append("filterType", type)
                query.append("filterAmount", amount)
            }
            if let window { query.append(seconds: window) }
            if window == nil, coversAllTime { query.append("start", "1") }
            query.append("limit", "\(min(max(limit, 1), 1000))")
            query.append("offset", "\(position.offset ?? 0)")
            return query
        }

        private func text(of id: ConditionID) -> String {
            usesShortIDs ? id.short ?? id.forRequests : id.forRequests
        }
    }
}

extension DataAPI.TradesRead.Minimum {
    fileprivate var parameters: (type: String, amount: String) {
        switch self {
        case .shares(let amount): ("TOKENS", amount.description)
        case .dollars(let amount): ("CASH", amount.description)
        }
    }
}

extension URLQuery {
    /// Adds the whole seconds that cover the window.
    mutating func append(seconds window: ClosedRange<Timestamp>) {
        append("start", "\(window.lowerBound.milliseconds / 1000)")
        append("end", "\((window.upperBound.milliseconds + 999) / 1000)")
    }
}
