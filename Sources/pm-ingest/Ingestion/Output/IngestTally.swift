import PMJSON
import PMPipe

/// What pm-ingest heard, read and told.
struct IngestTally {
    /// Kinds of messages counted by name; more are counted together, for a feed may invent them without end.
    private static let mostReasons = 64

    var lines = Tally()
    /// Messages that came on a socket, or lines that were read.
    var frames = 0
    var connections = 0
    var reconnections = 0
    /// Trades that the exchange took back.
    var retracted = 0

    mutating func drop(_ reason: String) {
        let isKnown = lines.dropped[reason] != nil || lines.dropped.count < Self.mostReasons
        lines.dropped[isKnown ? reason : "other", default: 0] += 1
    }

    func figures(into writer: inout JSONWriter) {
        writer.member("frames", frames)
        writer.member("connections", connections)
        writer.member("reconnections", reconnections)
        writer.member("retracted", retracted)
    }
}
