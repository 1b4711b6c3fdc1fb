import Curl
import PMJSON
import PMRecord

extension DataAPI {
    /// The prices of one token over time, oldest first. Version 2 only.
    package struct PriceHistoryRead: PagedRead, Hashable {
        package enum Range: Sendable, Hashable {
            /// A time of at most 15 days. The end is exclusive, and now when `nil`.
            case since(Timestamp, until: Timestamp?)
            case interval(Interval)
            /// The price at one time.
            case asOf(Timestamp)
        }

        package enum Interval: String, Sendable, CaseIterable {
            case hour = "1h"
            case sixHours = "6h"
            case day = "1d"
            case week = "1w"
            case month = "1m"
            case max
        }

        package var asset: String
        package var range: Range
        /// Seconds between two points, 60 to 86,400; `nil` for the service's choice.
        package var bucket: Int?
        /// Points asked for at a time, at most 10,000.
        package var limit = 10_000

        package init(of asset: String, _ range: Range, bucket: Int? = nil) {
            self.asset = asset
            self.range = range
            self.bucket = bucket
        }

        package func request(at position: PagePosition) -> APIRequest {
            var query: URLQuery = ["token_id": asset]
            switch range {
            case .since(let start, let end):
                // The service rejects 0.
                query.append("start", "\(Swift.max(start.milliseconds / 1000, 1))")
                if let end { query.append("end", "\(end.milliseconds / 1000)") }
            case .interval(let interval): query.append("interval", interval.rawValue)
            case .asOf(let time): query.append("as_of", "\(time.milliseconds / 1000)")
            }
            if let bucket { query.append("bucket_seconds", "\(min(max(bucket, 60), 86_400))") }
            query.append("limit", "\(min(max(limit, 1), 10_000))")
            if let cursor = position.cursor { query.append("cursor", cursor) }
            return APIRequest(.dataV2PriceHistory, "/v2/prices-history\(query)")
        }

        package func page(in answer: [UInt8]) throws(APIError) -> Page<PricePoint> {
            try Page(in: answer, .paged, from: .dataV2PriceHistory, PricePoint.members) {
                row throws(RowProblem) in try PricePoint(row)
            }
        }
    }

    package struct PricePoint: Sendable, Equatable {
        package let time: Timestamp
        /// Dollars per share.
        package let price: Micros
        /// The grain of the series in seconds; 0 for the point of the settlement.
        package let resolution: Int?
    }
}

extension DataAPI.PricePoint {
    init(_ row: RowReader) throws(RowProblem) {
        guard let time = row.time("timestamp") else { throw RowProblem("timestamp cannot be read") }
        self.time = time
        price = try row.amount(required: "price")
        resolution = row.integer("resolution_seconds")
    }

    static let members = MemberList(always: ["timestamp", "price", "resolution_seconds"])
}
