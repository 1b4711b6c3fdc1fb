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
    /// Frames with which the service refused a subscription.
    var refusals = 0
    /// Emitted trades with a member that could not be used under its own key, by its name.
    private var oddMembers: [String: Int] = [:]
    /// Trades that the exchange took back.
    var retracted = 0
    /// Retracted trades that have appeared.
    var restored = 0

    mutating func drop(_ reason: String) {
        let isKnown = lines.dropped[reason] != nil || lines.dropped.count < Self.mostReasons
        lines.dropped[isKnown ? reason : "other", default: 0] += 1
    }

    mutating func note(odd names: [String]) {
        for name in names { oddMembers[name, default: 0] += 1 }
    }

    func figures(into writer: inout JSONWriter) {
        writer.member("frames", frames)
        writer.member("connections", connections)
        writer.member("reconnections", reconnections)
        writer.member("subscriptions_refused", refusals)
        writer.member("retracted", retracted)
        writer.member("restored", restored)
        writer.key("odd_members")
        writer.object { object in
            for (name, count) in oddMembers.sorted(by: { $0.key < $1.key }) {
                object.key(name)
                object.integer(count)
            }
        }
    }
}
