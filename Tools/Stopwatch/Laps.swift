import PMJSON

/// When each trade passed which place, all by one clock.
struct Laps {
    typealias Instant = ContinuousClock.Instant

    struct Lap {
        let start: Instant
        let duration: Duration

        init(from start: Instant, to end: Instant) {
            self.start = start
            duration = start.duration(to: end)
        }
    }

    private var heard: [String: Instant] = [:]
    private var tapped: [String: Instant] = [:]
    private var settled: [String: Instant] = [:]
    private var shown: Set<String> = []
    private(set) var toTap: [Lap] = []
    private(set) var toPage: [Lap] = []
    private(set) var toDiscord: [Lap] = []
    /// Messages that went before their trade's final revision, and were not edited since.
    private(set) var early: Set<Int> = []
    /// Edits that tell how a burst has grown, or of the larger side of a transaction: they keep a pace of their own, from
    /// 2 s on.
    private(set) var growths = 0
    /// New messages to Discord.
    private var messages = 0

    /// A frame of the feed, at the socket.
    mutating func hear(_ frame: JSON, at now: Instant) {
        for message in frame.array ?? [frame] {
            guard let row = message["payload"],
                let key = Self.key(row, "transactionHash", "proxyWallet", "asset"), heard[key] == nil
            else { continue }
            heard[key] = now
        }
    }

    /// A line between pm-enrich and pm-store.
    mutating func tap(_ line: JSON, at now: Instant) {
        guard let key = Self.key(line, "tx_hash", "wallet", "asset_id") else { return }
        if tapped.updateValue(now, forKey: key) == nil, let began = heard[key] {
            toTap.append(Lap(from: began, to: now))
        }
        guard line["enrichment"]?.string != "pending", let hash = line["tx_hash"]?.string else { return }
        // A transaction's alert may wait for any of its fills.
        settled[hash] = now
    }

    /// A message of the live page.
    mutating func show(_ message: JSON, at now: Instant) {
        guard let record = message["record"], let key = Self.key(record, "tx_hash", "wallet", "asset_id"),
            let began = heard[key], shown.insert(key).inserted
        else { return }
        toPage.append(Lap(from: began, to: now))
    }

    /// A message to a Discord channel: a new one, or an edit of that with an id.
    ///
    /// - Returns: The message's id.
    mutating func deliver(_ body: String, editing edited: Int?, at now: Instant) -> Int {
        messages += edited == nil ? 1 : 0
        let id = edited ?? messages
        guard let start = body.firstRange(of: "polygonscan.com/tx/") else { return id }
        let final = settled[String(body[start.upperBound...].prefix(66))].flatMap { $0 <= now ? $0 : nil }
        switch (final, edited) {
        case (let final?, nil): toDiscord.append(Lap(from: final, to: now))
        case (nil, nil): early.insert(id)
        // An alert that went early has its final revision with the first edit after that.
        case (let final?, let edited?) where early.remove(edited) != nil:
            toDiscord.append(Lap(from: final, to: now))
        case (_, .some): growths += 1
        }
        return id
    }

    /// The same trade in every shape.
    private static func key(_ row: JSON, _ names: String...) -> String? {
        let parts = names.compactMap { row[$0]?.string?.lowercased() }
        guard parts.count == names.count, let side = row["side"]?.string else { return nil }
        return (parts + [side]).joined(separator: "|")
    }
}
