import PMRecord
import PolymarketAPI

/// The state that look-ups share: the time, the version of the Data API to ask, and what the services' answers show.
struct LookupContext: Sendable {
    var now: ClockReading
    /// The Polygon nodes that can be asked for receipts.
    let polygonNodes: Int
    /// True if version 1 of the Data API is asked first.
    let prefersVersion1: Bool
    private var versions: VersionPolicy
    private(set) var drift = SchemaDrift()
    /// Changes to be logged once.
    private var notices: [String] = []

    init(_ order: VersionPolicy.Order, polygonNodes: Int, at now: ClockReading) {
        self.now = now
        self.polygonNodes = polygonNodes
        prefersVersion1 = order == .v1ThenV2
        versions = VersionPolicy(order)
    }

    /// Returns the version to ask now.
    mutating func version(for resource: DataResource) -> DataAPIVersion {
        versions.version(for: resource, at: now.instant)
    }

    /// Returns the version in use, without the hourly trial of another.
    func currentVersion(for resource: DataResource) -> DataAPIVersion { versions.version(for: resource) }

    /// Records the status of an answer, which may change the version to ask.
    mutating func note(status: Int, isReadable: Bool, of route: Route) {
        let change = versions.note(status: status, isReadable: isReadable, of: route, at: now.instant)
        if let change { notices.append("\(change)") }
    }

    /// Records how the rows of an answer differ from their documented form.
    mutating func note(_ observation: DriftObservation, from route: Route) {
        guard !observation.isEmpty else { return }
        notices += drift.note(observation, from: route).map { "\($0)" }
    }

    /// Returns and removes the changes to be logged.
    mutating func takeNotices() -> [String] {
        defer { notices = [] }
        return notices
    }
}
