import Curl
import PMJSON
import PMRecord

extension DataAPI {
    /// Everything that a wallet did, newest first: trades, redemptions, deposits and more.
    ///
    /// One type is asked for at a time: lists of types are read in different ways, or ignored. Rows of other
    /// types that come all the same are left out.
    package struct ActivityRead: PagedRead, Hashable {
        package var version: DataAPIVersion
        package var wallet: String
        /// `nil` for all types but tips.
        package var type: ActivityRow.Kind?
        package var window: ClosedRange<Timestamp>?
        /// Rows asked for at a time, at most 1000; version 1 gives at most 500.
        package var limit = 1000

        package init(_ version: DataAPIVersion = .v2, of wallet: String, _ type: ActivityRow.Kind? = nil) {
            self.version = version
            self.wallet = wallet
            self.type = type
        }

        package func request(at position: PagePosition) -> APIRequest {
            var query: URLQuery = ["user": wallet]
            if let type { query.append("type", type.rawValue) }
            if let window { query.append(seconds: window) }
            switch version {
            case .v1:
                query.append("limit", "\(min(max(limit, 1), 500))")
                query.append("offset", "\(position.offset ?? 0)")
                return APIRequest(.dataActivity, "/activity\(query)", bypassesCache: true)
            case .v2:
                query.append("limit", "\(min(max(limit, 1), 1000))")
                if let cursor = position.cursor { query.append("cursor", cursor) }
                return APIRequest(.dataV2Activity, "/v2/activity\(query)", bypassesCache: true)
            }
        }

        package func page(in answer: [UInt8]) throws(APIError) -> Page<ActivityRow> {
            let (form, route, members): (Envelope.Form, Route, MemberList) =
                switch version {
                case .v1: (.array, .dataActivity, ActivityRow.membersV1)
                case .v2: (.paged, .dataV2Activity, ActivityRow.membersV2)
                }
            return try Page(in: answer, form, from: route, members) { row throws(RowProblem) in
                let event = try ActivityRow(row, version)
                return type == nil || event.kind == type ? event : nil
            }
        }

        package var lastOffset: Int? { version == .v1 ? 5000 : nil }
    }

    package struct ActivityRow: Sendable {
        package enum Kind: String, Sendable, CaseIterable {
            case trade = "TRADE"
            case split = "SPLIT"
            case merge = "MERGE"
            case redeem = "REDEEM"
            case reward = "REWARD"
            case conversion = "CONVERSION"
            case migration = "MIGRATION"
            case deposit = "DEPOSIT"
            case withdrawal = "WITHDRAWAL"
            case yield = "YIELD"
            case makerRebate = "MAKER_REBATE"
            case takerRebate = "TAKER_REBATE"
            case referralReward = "REFERRAL_REWARD"
            /// Comes only when asked for.
            case tip = "TIP"
        }

        /// The type as sent.
        package let type: String
        /// `nil` for a type that is not known.
        package var kind: Kind? { Kind(rawValue: type) }
        package let wallet: String
        /// `nil` for what concerns no token.
        package let asset: String?
        package let conditionID: ConditionID?
        package let transactionHash: String?
        /// `BUY` or `SELL` of a trade, `IN` or `OUT` of a tip.
        package let side: String?
        /// Shares; dollars where no token is concerned. Of a redemption, the payout.
        package let size: Micros?
        /// Dollars. Of a trade with fees, so that it differs from price × size.
        package let dollars: Micros?
        package let price: Micros?
        package let time: Timestamp?
        package let isCombo: Bool
    }
}

extension DataAPI.ActivityRow {
    init(_ row: RowReader, _ version: DataAPIVersion) throws(RowProblem) {
        let isV2 = version == .v2
        type = try row.text(required: "type")
        wallet = try row.hex(required: isV2 ? "proxy_wallet" : "proxyWallet")
        asset = row.text(isV2 ? "token_id" : "asset")
        conditionID = row.condition(isV2 ? "condition_id" : "conditionId")
        transactionHash = row.hex(isV2 ? "transaction_hash" : "transactionHash")
        side = row.text("side")
        size = row.amount("size")
        dollars = row.amount(isV2 ? "usdc_size" : "usdcSize")
        price = row.amount("price")
        time = row.time("timestamp")
        isCombo = row.flag("is_combo") ?? (conditionID?.marketType == .combo)
    }

    /// Source: docs/POLYMARKET.md, "Data API v2".
    static let membersV2 = MemberList(
        always: [
            "proxy_wallet", "timestamp", "condition_id", "type", "size", "usdc_size", "transaction_hash",
            "price",
            "token_id", "side", "outcome_index", "title", "slug", "icon", "event_slug", "outcome", "name",
            "pseudonym", "bio", "profile_image", "profile_image_optimized",
        ], sometimes: ["is_combo"])

    static let membersV1 = MemberList(
        always: [
            "proxyWallet", "timestamp", "conditionId", "type", "size", "usdcSize", "transactionHash", "price",
            "asset", "side", "outcomeIndex", "title", "slug", "icon", "eventSlug", "outcome", "name",
            "pseudonym",
            "bio", "profileImage", "profileImageOptimized",
        ])
}
