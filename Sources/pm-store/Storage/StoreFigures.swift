import PMJSON

/// The figures of pm-store for its status file.
struct StoreFigures: Sendable {
    /// Stored batches that had rows.
    var batches = 0
    /// Stored trades; within a batch, the revisions of one trade count once.
    var trades = 0
    /// Requests to the database, answered or lost.
    var roundTrips = 0
    var linesOut = 0
    /// Lines not passed on because of `--quiet`.
    var discarded = 0
    /// Lines neither stored nor passed on.
    var rejected = 0
    /// Lines that the database rejected after they had been passed on without it.
    var rejectedAfterPassing = 0
    /// Rows removed because of `--keep`.
    var pruned = 0
    var lastMark: UInt64?
    var isAvailable = true
    /// Bytes that wait for the database.
    var heldBytes = 0

    func write(to status: inout JSONWriter) {
        status.member("batches", batches)
        status.member("trades", trades)
        status.member("round_trips", roundTrips)
        status.member("held_bytes", heldBytes)
        status.member("refused_after_leaving", rejectedAfterPassing)
        status.member("pruned", pruned)
        status.member("database", isAvailable ? "up" : "away")
    }
}
