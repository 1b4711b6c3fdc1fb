import PMRecord
import PolymarketAPI
import WebSockets

extension LiveFeed {
    package struct Options: Sendable {
        package let feed: Feed
        package var url: WebSocketURL
        /// Accepts any certificate; loopback only.
        package var isInsecure = false
        package var intervals = Intervals()
        /// Connections that receive the same; the first to receive a trade emits it.
        package var connections = 1
        package var journal: Journal.Options?
        /// The number of the last line that every consumer has; the lines after it are emitted again from the journal.
        package var after: UInt64?
        /// When the consumers' last mark was made: the start of the gap where the journal is gone.
        package var since: Timestamp?
        /// The address of the Data API, from which gaps are back-filled; `nil` to leave them.
        package var dataURL: String?
        /// Requests to the Data API in ten seconds. The default is a quarter of what it grants: the rest is for enrichment
        /// (docs/POLYMARKET.md, "Rate limits").
        package var apiBudget = 50
        /// Polls the Data API in place of a feed, and opens no connection.
        package var isPolled = false
        /// The versions of the Data API, in the order in which they are tried.
        package var versions = VersionPolicy.Order.v2ThenV1
        /// The address of Gamma, which lists the markets; for the market channel.
        package var gammaURL = "https://gamma-api.polymarket.com"
        /// Markets followed on the market channel, the largest of the day.
        package var markets = 500
        /// The directory of the consumers' status files, whose cursors say what the journal can trim.
        package var statusDirectory: String?

        package init(_ feed: Feed = .activity, url: WebSocketURL) {
            self.feed = feed
            self.url = url
        }

        var settings: FeedSettings {
            FeedSettings(feed: feed, url: url, isInsecure: isInsecure, intervals: intervals)
        }

        /// Sockets that the event loop is to hold: in each slot one connection and its successor, and some to spare. The
        /// market channel needs a shard for 400 assets, two of each market.
        var mostSockets: Int {
            let shards = feed == .market ? markets / 200 + 4 : 1
            return 2 * connections * shards + 4
        }
    }
}
