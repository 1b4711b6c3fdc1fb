import PMJSON
import PMPipe

/// The counters of pm-ingest.
struct IngestTally {
    /// The number of drop reasons that are counted by name. The rest are counted as `other`: a feed can invent message
    /// types without end.
    private static let mostReasons = 64

    var lines = Tally()
    /// Messages received on a socket, or lines read from a recording.
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
