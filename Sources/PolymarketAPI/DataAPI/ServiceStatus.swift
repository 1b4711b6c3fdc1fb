import PMJSON
import PMRecord

extension DataAPI {
    /// The lag of the service behind the chain. Version 2 only. The service answers 503 before the first
    /// measurement.
    package struct ServiceStatusRead: SingleRead, Hashable {
        package init() {}

        package var request: APIRequest { APIRequest(.dataV2Status, "/v2/status") }

        package func reading(of answer: [UInt8]) throws(APIError) -> Reading<ServiceStatus> {
            try Reading(in: answer, from: .dataV2Status, ServiceStatus.members) { ServiceStatus($0) }
        }
    }

    package struct ServiceStatus: Sendable {
        package struct Mechanism: Sendable, Equatable {
            package let name: String
            package let age: Duration?
            package let blocksBehind: Int?
        }

        package let computedAt: Timestamp?
        /// The time since the measurement.
        package let age: Duration?
        /// The largest lag of any mechanism, which need not be that of trades; see ``tradeLag``.
        package let lag: Duration?
        package let mechanisms: [Mechanism]
        package let latestBlock: Int?

        /// The age of the newest trade in the lists: the age of `activity_feed`, at the time of the
        /// measurement.
        package var tradeLag: Duration? {
            mechanisms.first { $0.name == "activity_feed" }?.age
        }
    }
}

extension DataAPI.ServiceStatus {
    init(_ row: RowReader) {
        computedAt = row.time("computed_at")
        age = row.seconds("age_seconds")
        let serving = RowReader(row.json["serving"] ?? .null)
        lag = serving.seconds("lag_seconds")
        mechanisms = serving.list("mechanisms").compactMap { json in
            let mechanism = RowReader(json)
            return mechanism.text("name").map {
                Mechanism(
                    name: $0, age: mechanism.seconds("age_seconds"),
                    blocksBehind: mechanism.integer("blocks_behind"))
            }
        }
        latestBlock = row.json["ingestion"].flatMap { RowReader($0).integer("max_synced_block") }
    }

    static let members = MemberList(always: ["computed_at", "age_seconds", "serving", "ingestion"])
}

extension RowReader {
    fileprivate func seconds(_ name: String) -> Duration? {
        json[name]?.double.map { .seconds($0) }
    }
}
