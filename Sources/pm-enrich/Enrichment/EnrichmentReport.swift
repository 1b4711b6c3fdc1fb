import PMFlow
import PMJSON
import PolymarketAPI

/// The stage's own members of the status file.
struct EnrichmentReport {
    private let enricher: Enricher
    private let inFlight: Int

    init(_ enricher: Enricher, inFlight: Int) {
        self.enricher = enricher
        self.inFlight = inFlight
    }

    func write(into status: inout JSONWriter, at now: ContinuousClock.Instant) {
        let counts = enricher.counts
        status.member("pending", counts.pending)
        status.member("enriched", counts.enriched)
        status.member("partial", counts.partial)
        status.member("failed", counts.failed)
        status.member("skipped", counts.skipped)
        status.member("retried", counts.retried)
        status.member("held", enricher.heldCount)
        status.member("open_trades", enricher.openCount)
        status.member("retry_trades", enricher.retryCount)
        status.member("retries_forgotten", enricher.droppedRetries)
        status.member("queue_depth", enricher.requests.waiting)
        status.member("requests_under_way", inFlight)
        status.member("cache_hits", enricher.caches.hits)
        status.member("cache_misses", enricher.caches.misses)
        let lookups = enricher.caches.hits + enricher.caches.misses
        status.member(
            "cache_hit_rate", number: lookups > 0 ? Double(enricher.caches.hits) / Double(lookups) : nil,
            decimals: 4)
        status.key("caches")
        status.object { caches in
            for (name, hits, misses) in enricher.caches.figures {
                caches.key(name)
                caches.object { cache in
                    cache.member("hits", hits)
                    cache.member("misses", misses)
                }
            }
        }
        status.key("cache_entries")
        status.object { entries in
            entries.member("wallets", enricher.caches.wallets)
            entries.member("markets", enricher.caches.markets)
            entries.member("books", enricher.caches.books)
        }
        status.member("cache_bytes", enricher.caches.bytes)
        status.key("requests")
        status.object { requests in
            for host in APIHost.allCases {
                requests.key(host.rawValue)
                requests.integer(enricher.requests.sent[host, default: 0])
            }
        }
        status.member("requests_joined", enricher.requests.batched)
        status.member("refused", enricher.requests.refusals)
        status.member("unreadable", enricher.unreadable)
        status.key("data_api")
        status.object { versions in
            for resource in DataResource.allCases {
                versions.key(resource.rawValue)
                versions.string(enricher.version(of: resource).rawValue)
            }
        }
        writeDrift(into: &status)
        status.key("limiters")
        status.object { limiters in
            for host in APIHost.allCases {
                limiters.key(host.rawValue)
                limiters.object { limiter in
                    limiter.member("quota", Int(enricher.requests.estimate(of: host).quota))
                    limiter.member("closed", enricher.requests.isClosed(host, at: now))
                }
            }
            for route in Route.allCases {
                limiters.key(route.rawValue)
                limiters.object { limiter in
                    limiter.member("quota", Int(enricher.requests.estimate(of: route).quota))
                    limiter.member("closed", enricher.requests.isClosed(route, at: now))
                }
            }
        }
        status.key("failing")
        status.array { failing in
            for host in APIHost.allCases where enricher.requests.failure(of: host, at: now) != nil {
                failing.string(host.rawValue)
            }
        }
    }

    /// Writes the rows with undocumented members, and without documented ones, for each route that had any.
    private func writeDrift(into status: inout JSONWriter) {
        var routes: [(name: String, unknown: Int, missing: Int)] = []
        for (source, change, rows) in enricher.drift.figures {
            if routes.last?.name != source { routes.append((source, 0, 0)) }
            switch change {
            case .unknownMember, .unknownType: routes[routes.endIndex - 1].unknown += rows
            case .missingMember: routes[routes.endIndex - 1].missing += rows
            }
        }
        status.key("schema_drift")
        status.object { drift in
            for route in routes {
                drift.key(route.name)
                drift.object { counts in
                    counts.member("unknown", route.unknown)
                    counts.member("missing", route.missing)
                }
            }
        }
    }
}
