import PMRecord

/// The id of one revision of an alert.
package struct RevisionID: Hashable, Sendable {
    package let id: CompactID
    package let revision: Int32

    package init(_ id: CompactID, _ revision: Int) {
        self.id = id
        self.revision = Int32(clamping: revision)
    }
}

/// The parts of an alert that a queue and a digest need. The alert itself is in the outbox.
package struct AlertReference: Sendable {
    package let revisionID: RevisionID
    /// The value in millionths of a dollar; 0 when unknown.
    let micros: Int64
    /// The trade's time.
    let time: Timestamp?

    package init(_ alert: Alert) {
        revisionID = alert.revisionID
        micros = Int64(clamping: alert.value?.micros ?? 0)
        time = alert.trade.time
    }

    package var id: CompactID { revisionID.id }
    package var revision: Int { Int(revisionID.revision) }
}
