import PMJSON

/// The time at which each trade passes each point of the pipeline, all by one clock.
struct Latencies {
    typealias Instant = ContinuousClock.Instant

    struct Sample {
        let start: Instant
        let duration: Duration

        init(from start: Instant, to end: Instant) {
            self.start = start
            duration = start.duration(to: end)
        }
    }

    private var received: [String: Instant] = [:]
    private var enriched: [String: Instant] = [:]
    /// The time of the last final revision, by transaction.
    private var final: [String: Instant] = [:]
    private var shown: Set<String> = []
    private(set) var socketToEnriched: [Sample] = []
    private(set) var socketToPage: [Sample] = []
    private(set) var finalToDiscord: [Sample] = []
    /// Messages that were sent before their trade's final revision, and were not edited since.
    private(set) var earlyMessages: Set<Int> = []
    /// The number of edits that pm-alert delays on purpose, at first by 2 s: a burst has grown, or a larger trade of the
    /// same transaction, by another wallet, has replaced the displayed one.
    private(set) var followUps = 0
    /// The number of new messages to Discord.
    private var messages = 0

    /// Notes a frame of the feed.
    mutating func noteFrame(_ frame: JSON, at now: Instant) {
        for message in frame.array ?? [frame] {
            guard let row = message["payload"],
                let key = Self.key(row, "transactionHash", "proxyWallet", "asset"), received[key] == nil
            else { continue }
            received[key] = now
        }
    }

    /// Notes a line between pm-enrich and pm-store.
    mutating func noteEnrichedLine(_ line: JSON, at now: Instant) {
        guard let key = Self.key(line, "tx_hash", "wallet", "asset_id") else { return }
        if enriched.updateValue(now, forKey: key) == nil, let start = received[key] {
            socketToEnriched.append(Sample(from: start, to: now))
        }
        guard line["enrichment"]?.string != "pending", let hash = line["tx_hash"]?.string else { return }
        // The alert of a transaction may wait for any of its fills.
        final[hash] = now
    }

    /// Notes a message of the live page.
    mutating func notePageMessage(_ message: JSON, at now: Instant) {
        guard let record = message["record"], let key = Self.key(record, "tx_hash", "wallet", "asset_id"),
            let start = received[key], shown.insert(key).inserted
        else { return }
        socketToPage.append(Sample(from: start, to: now))
    }

    /// Notes a new message to a Discord channel, or an edit.
    ///
    /// - Parameter edited: The id of the edited message; `nil` for a new message.
    /// - Returns: The message's id.
    mutating func noteDiscordMessage(_ body: String, editing edited: Int?, at now: Instant) -> Int {
        messages += edited == nil ? 1 : 0
        let id = edited ?? messages
        guard let start = body.firstRange(of: "polygonscan.com/tx/") else { return id }
        let final = final[String(body[start.upperBound...].prefix(66))].flatMap { $0 <= now ? $0 : nil }
        switch (final, edited) {
        case (let final?, nil): finalToDiscord.append(Sample(from: final, to: now))
        case (nil, nil): earlyMessages.insert(id)
        // The first edit after the final revision delivers it to an early message.
        case (let final?, let edited?) where earlyMessages.remove(edited) != nil:
            finalToDiscord.append(Sample(from: final, to: now))
        case (_, .some): followUps += 1
        }
        return id
    }

    /// Returns a key that is equal for all representations of a trade.
    private static func key(_ row: JSON, _ names: String...) -> String? {
        let parts = names.compactMap { row[$0]?.string?.lowercased() }
        guard parts.count == names.count, let side = row["side"]?.string else { return nil }
        return (parts + [side]).joined(separator: "|")
    }
}
