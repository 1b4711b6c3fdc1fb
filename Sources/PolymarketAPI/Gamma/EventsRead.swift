import Curl
import PMJSON
import PMRecord

extension Gamma {
    /// Events by the keyset list, at most 100 a page.
    package struct EventsRead: PagedRead, Hashable {
        package var isClosed: Bool

        package init(isClosed: Bool = false) {
            self.isClosed = isClosed
        }

        package func request(at position: PagePosition) -> APIRequest {
            var query: URLQuery = ["limit": "100", "closed": "\(isClosed)"]
            if let cursor = position.cursor { query.append("after_cursor", cursor) }
            return APIRequest(.gammaEventsKeyset, "/events/keyset\(query)")
        }

        package func page(in answer: [UInt8]) throws(APIError) -> Page<Event> {
            try Page(in: answer, .keyset("events"), from: .gammaEventsKeyset, Event.members) {
                row throws(RowProblem) in try Event(row)
            }
        }

        package func key(of row: Event) -> String? { row.id }
    }

    /// The event of a link `polymarket.com/event/SLUG`. Answered with 404 when there is none.
    package struct EventRead: SingleRead, Hashable {
        package var slug: String

        package init(slug: String) {
            self.slug = slug
        }

        package var request: APIRequest { APIRequest(.gammaEvent, "/events/slug/\(percentEncoded(slug))") }

        package func reading(of answer: [UInt8]) throws(APIError) -> Reading<Event> {
            try Reading(
                tree(answer, from: .gammaEvent), named: "answer", from: .gammaEvent, Event.members
            ) { row throws(RowProblem) in try Event(row) }
        }
    }
}
