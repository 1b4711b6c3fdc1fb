import PMJSON
import PMRecord

extension Gamma {
    /// Several markets about one matter.
    package struct Event: Sendable {
        package let id: String
        package let slug: String?
        package let title: String?
        package let endDate: Timestamp?
        package let isActive: Bool?
        package let isClosed: Bool?
        package let isNegativeRisk: Bool?
        package let tags: [String]
        /// The markets that could be read.
        package let markets: [Market]
        package let unreadableMarkets: Int
    }
}

extension Gamma.Event {
    init(_ row: RowReader) throws(RowProblem) {
        guard let id = row.text("id") ?? row.json["id"]?.numberText else { throw RowProblem("id is missing") }
        self.id = id
        slug = row.text("slug")
        title = row.text("title")
        endDate = row.time("endDate")
        isActive = row.flag("active")
        isClosed = row.flag("closed")
        isNegativeRisk = row.flag("negRisk")
        tags = row.list("tags").compactMap { $0["label"]?.nonEmptyString }
        let rows = row.list("markets")
        markets = rows.compactMap { try? Gamma.Market(RowReader($0)) }
        unreadableMarkets = rows.count - markets.count
    }

    static let members = MemberList(always: ["id", "slug", "title"], allowsOthers: true)
}
