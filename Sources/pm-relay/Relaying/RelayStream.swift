import NATS

/// The name of a stream on command lines, and the names that derive from it in the cluster.
package struct RelayStream: Sendable, Equatable {
    /// Lower-case letters, digits and `-`, for example `trades`.
    package let name: String

    /// - Returns: `nil` for an empty name and for other characters.
    package init?(_ name: String) {
        guard !name.isEmpty,
            name.utf8.allSatisfy({ (97...122).contains($0) || (48...57).contains($0) || $0 == 45 })
        else { return nil }
        self.name = name
    }

    /// The name of the JetStream stream.
    var streamName: String { "pm-\(name)" }

    func subject(_ partition: Partition) -> String { "pm.\(name).\(partition.index)" }

    /// All parts.
    var anySubject: String { "pm.\(name).>" }

    /// Returns the settings with which the stream is made.
    func settings(replicas: Int, keep: Duration) -> StreamSettings {
        // The window is thrift: the identity of trades in the database and in the outbox is what guarantees.
        StreamSettings(
            name: streamName, subjects: [anySubject], replicas: replicas, keep: keep,
            duplicates: min(keep, .seconds(2 * 3600)))
    }

    /// Returns the `stream` of marks: it changes when the stream is made anew, since its numbers then start again.
    func markStream(_ state: StreamState, part: Partition?) -> String {
        let id = "\(name)-\(String(state.created, radix: 16))"
        return part.map { "\(id)-part-\($0.index)" } ?? id
    }
}
