import PMJSON
import PMPipe
import PMRecord
import WebSockets

/// The places at the feed, and what is said there.
extension LiveFeed {
    /// Follows the largest markets, on as many sockets as that takes.
    func startFollowing() {
        markets = FollowedMarkets(loop: loop, base: options.gammaURL, most: options.markets, log: log) {
            [unowned self] changes in
            for change in changes { follow(change) }
        }
        markets?.refresh()
    }

    func follow(_ change: SubscriptionShards.Change) {
        let places = change.shard * options.connections..<(change.shard + 1) * options.connections
        guard places.upperBound <= slots.count else {
            for _ in places {
                listen(shard: change.shard) { [unowned self] in
                    [Subscription.market(markets?.assets(of: change.shard) ?? [])]
                }
            }
            return
        }
        for slot in slots[places] {
            if !change.added.isEmpty { slot.say(Subscription.market("subscribe", change.added)) }
            if !change.removed.isEmpty { slot.say(Subscription.market("unsubscribe", change.removed)) }
        }
    }

    /// Takes one more place at the feed.
    func listen(shard: Int, _ greeting: @escaping () -> [[UInt8]]) {
        let slot = ConnectionSlot(shard: shard, loop: loop, feed: slotFeed(greeting))
        slots.append(slot)
        slot.start()
    }

    func slotFeed(_ greeting: @escaping () -> [[UInt8]]) -> ConnectionSlot.Feed {
        ConnectionSlot.Feed(
            url: options.url, isInsecure: options.isInsecure, intervals: options.intervals,
            vitalType: vitalType, log: log,
            nextNumber: { [unowned self] in
                lastNumber += 1
                return lastNumber
            },
            greeting: greeting,
            onOpen: { [unowned self] in
                stream.count { $0.connections += 1 }
                log.info("listening to \(options.url.origin)")
            },
            onFrame: { [unowned self] slot, link, frame in hear(frame, on: link, of: slot) },
            onLoss: { [unowned self] slot, reason, since in
                noteLoss(reason, of: slot, silentSince: since)
            },
            onRetry: { [unowned self] in stream.count { $0.reconnections += 1 } })
    }

    /// Once a minute, so that nobody forgets.
    func warnIfInsecure() {
        guard options.isInsecure else { return }
        log.warning(.websocket, "--insecure: no certificate is verified")
        loop.after(.seconds(60)) { [unowned self] in warnIfInsecure() }
    }
}
