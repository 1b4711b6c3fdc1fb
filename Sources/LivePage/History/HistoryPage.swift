import PMJSON

/// The body of a response to `/trades`: events, the oldest first, and where older ones are found.
struct HistoryPage {
    /// The events as messages of the WebSocket: `{"type":"event","n":7,"record":{…}}`.
    var events: [[UInt8]] = []
    /// The name of the server's run, and the numbers of its oldest and newest event.
    var epoch = ""
    var (first, last) = (1, 0)
    /// The number of the last event that the page covers.
    var through: Int?
    var older: Older?

    /// Where the events before the page are.
    enum Older: Equatable {
        /// In the buffer, before this event.
        case before(Int)
        /// In the database, before this position.
        case stored(String)
        /// In the database: all trades that were received before the oldest event of the page.
        case received

        var text: String {
            switch self {
            case .before(let number): String(number)
            case .stored(let position): position
            case .received: "stored"
            }
        }
    }

    var json: [UInt8] {
        var writer = JSONWriter()
        writer.object { page in
            page.member("epoch", epoch)
            page.member("first", first)
            page.member("last", last)
            page.member("through", through)
            page.member("older", older?.text)
            page.key("events")
            page.array { list in
                for event in events { list.raw(event) }
            }
        }
        return writer.bytes
    }
}
