import PMJSON

/// What was counted.
struct Statistics {
    var rtds = FeedStatistics()
    var market = FeedStatistics()
    /// By route: `data/trades`.
    var requests: [String: Int] = [:]
    var refused: [String: Int] = [:]

    func write(to row: inout JSONWriter) {
        for (name, feed) in [("rtds", rtds), ("market", market)] {
            row.key(name)
            row.object { feed.write(to: &$0) }
        }
        for (name, counts) in [("requests", requests), ("refused", refused)] {
            row.key(name)
            row.object { object in
                for (route, count) in counts.sorted(by: { $0.key < $1.key }) { object.field(route, count) }
            }
        }
    }
}

struct FeedStatistics {
    var connections = 0
    var connectionsInAll = 0
    var refused = 0
    var subscribes = 0
    var pings = 0
    var frames = 0
    /// Clients closed because they did not read.
    var slow = 0

    fileprivate func write(to row: inout JSONWriter) {
        row.field("connections", connections)
        row.field("connections_in_all", connectionsInAll)
        row.field("refused", refused)
        row.field("subscribes", subscribes)
        row.field("pings", pings)
        row.field("frames", frames)
        row.field("slow", slow)
    }
}
