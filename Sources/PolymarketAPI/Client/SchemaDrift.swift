/// Counts what the services send beyond, or short of, their documented form, and announces each change once.
///
/// A route is known by its name (`data/v2/trades`), a feed by one of its own (`market channel`). Memory is
/// bounded: changes beyond the bounds are counted together and not announced.
package struct SchemaDrift: Sendable {
    package enum Change: Sendable, Hashable {
        case unknownMember(String)
        case missingMember(String)
        /// A type of event or row that the worker does not know.
        case unknownType(String)
    }

    /// A change that was seen for the first time.
    package struct Announcement: Sendable, Equatable, CustomStringConvertible {
        package let source: String
        package let change: Change
        /// The beginning of the value, or of the row that lacks the member.
        package let sample: String

        package var description: String {
            switch change {
            case .unknownMember(let name): "\(source) has a new member \"\(name)\": \(sample)"
            case .missingMember(let name): "\(source) lacks the member \"\(name)\" in \(sample)"
            case .unknownType(let name): "\(source) has a new type \"\(name)\": \(sample)"
            }
        }
    }

    private let mostSources: Int
    private let mostChanges: Int
    private var counts: [String: [Change: Int]] = [:]
    /// Rows with changes beyond the bounds.
    package private(set) var uncounted = 0

    /// - Parameters:
    ///   - mostSources: Routes and feeds that are remembered. The default is 64.
    ///   - mostChanges: Changes that are remembered of each. The default is 64.
    package init(mostSources: Int = 64, mostChanges: Int = 64) {
        self.mostSources = mostSources
        self.mostChanges = mostChanges
    }

    /// Counts what one answer of a route showed.
    ///
    /// - Returns: The changes that are new, sorted by name.
    package mutating func note(_ observation: DriftObservation, from route: Route) -> [Announcement] {
        note(observation, from: route.rawValue)
    }

    package mutating func note(_ observation: DriftObservation, from source: String) -> [Announcement] {
        var announcements: [Announcement] = []
        for (name, finding) in observation.unknown.sorted(by: { $0.key < $1.key }) {
            let change = Change.unknownMember(name)
            if count(change, rows: finding.rows, from: source) {
                announcements.append(Announcement(source: source, change: change, sample: finding.sample))
            }
        }
        for (name, finding) in observation.missing.sorted(by: { $0.key < $1.key }) {
            let change = Change.missingMember(name)
            if count(change, rows: finding.rows, from: source) {
                announcements.append(Announcement(source: source, change: change, sample: finding.sample))
            }
        }
        return announcements
    }

    /// Counts one event or row of a type that is not known.
    package mutating func note(type: String, sample: String, from source: String) -> Announcement? {
        let change = Change.unknownType(shown(type, most: 64))
        guard count(change, rows: 1, from: source) else { return nil }
        return Announcement(source: source, change: change, sample: shown(sample, most: 160))
    }

    /// The rows that showed a change.
    package func count(of change: Change, from source: String) -> Int {
        counts[source]?[change] ?? 0
    }

    /// The changes with their numbers of rows, sorted by source and name.
    package var figures: [(source: String, change: Change, rows: Int)] {
        counts.flatMap { source, changes in changes.map { (source, $0.key, $0.value) } }
            .sorted { ($0.source, "\($0.change)") < ($1.source, "\($1.change)") }
    }

    /// - Returns: True if the change is new.
    private mutating func count(_ change: Change, rows: Int, from source: String) -> Bool {
        if counts[source]?[change] != nil {
            counts[source]![change]! += rows
            return false
        }
        guard counts[source] != nil || counts.count < mostSources,
            counts[source]?.count ?? 0 < mostChanges
        else {
            uncounted += rows
            return false
        }
        counts[source, default: [:]][change] = rows
        return true
    }
}
