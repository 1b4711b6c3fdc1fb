import Curl
import PMJSON
import PMRecord

extension Gamma {
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
