import PMFlow
import PMJSON
import PolymarketAPI

/// The stage's own figures in its status file.
struct EnrichmentReport {
    private let enricher: Enricher
    private let underWay: Int

    init(_ enricher: Enricher, underWay: Int) {
        self.enricher = enricher
        self.underWay = underWay
    }

    func write(into status: inout JSONWriter, at now: ContinuousClock.Instant) {
        let counts = enricher.counts
        status.member("pending", counts.pending)
        status.member("enriched", counts.enriched)
        status.member("partial", counts.partial)
        status.member("failed", counts.failed)
        status.member("skipped", counts.skipped)
        status.member("open_trades", enricher.openCount)
        status.member("queue_depth", enricher.requests.waiting)
        status.member("requests_under_way", underWay)
        status.member("cache_hits", enricher.caches.hits)
        status.member("cache_misses", enricher.caches.misses)
        status.key("cache_entries")
        status.object { entries in
            entries.member("wallets", enricher.caches.wallets.count)
            entries.member("markets", enricher.caches.markets.count)
            entries.member("books", enricher.caches.books.count)
        }
        status.key("requests")
        status.object { requests in
            for host in APIHost.allCases {
                requests.key(host.rawValue)
                requests.integer(enricher.requests.sent[host, default: 0])
            }
        }
        status.member("refused", enricher.requests.refusals)
        status.key("limiters_closed")
        status.array { closed in
            for route in Route.allCases where enricher.requests.isClosed(route, at: now) {
                closed.string(route.rawValue)
            }
        }
    }
}
