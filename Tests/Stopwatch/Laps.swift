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
    /// Alerts that went before their trade's final revision: there is nothing to measure from.
    private(set) var early = 0
    /// Messages that tell of a burst that has grown: they keep a pace of their own, from 2 s on.
    private(set) var growths = 0

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

    /// A message to a Discord channel.
    mutating func deliver(_ body: String, at now: Instant) {
        guard !body.contains(/in [0-9]+ trades/) else {
            growths += 1
            return
        }
        guard let start = body.firstRange(of: "polygonscan.com/tx/") else { return }
        let hash = String(body[start.upperBound...].prefix(66))
        if let final = settled[hash], final <= now {
            toDiscord.append(Lap(from: final, to: now))
        } else {
            early += 1
        }
    }

    /// The same trade in every shape.
    private static func key(_ row: JSON, _ names: String...) -> String? {
        let parts = names.compactMap { row[$0]?.string?.lowercased() }
        guard parts.count == names.count, let side = row["side"]?.string else { return nil }
        return (parts + [side]).joined(separator: "|")
    }
}
