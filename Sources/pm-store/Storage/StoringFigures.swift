import PMJSON

/// What pm-store has done, for the status file.
struct StoringFigures: Sendable {
    /// Batches that had rows.
    var batches = 0
    /// Trades stored, each counted once a batch however many of its revisions there were.
    var trades = 0
    /// Requests to the database that were answered or lost.
    var roundTrips = 0
    var linesOut = 0
    /// Lines that were not passed on because nobody asked for them.
    var quiet = 0
    /// Lines that were neither stored nor passed on.
    var refused = 0
    /// Lines that the database refused after they had left without it.
    var refusedTooLate = 0
    var lastMark: UInt64?
    var isAway = false
    /// Bytes that wait for the database.
    var heldBytes = 0

    func write(to status: inout JSONWriter) {
        status.member("batches", batches)
        status.member("trades", trades)
        status.member("round_trips", roundTrips)
        status.member("held_bytes", heldBytes)
        status.member("refused_after_leaving", refusedTooLate)
        status.member("database", isAway ? "away" : "up")
    }
}
