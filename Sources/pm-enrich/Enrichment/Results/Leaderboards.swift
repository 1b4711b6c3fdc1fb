import PMJSON
import PMRecord
import PolymarketAPI

/// The leaderboards of all periods, and when to read them again.
package struct Leaderboards: Sendable {
    private struct Board {
        var places: [String: DataAPI.BoardPlace] = [:]
        var asOf: Timestamp?
        var due: ContinuousClock.Instant?
    }

    private let interval: Duration?
    private var boards: [Leaderboard.Period: Board] = [:]

    /// The time after which a failed read is retried.
    private static let retryInterval = Duration.seconds(300)

    /// - Parameter interval: How often they are read; never when `nil`.
    init(every interval: Duration?) {
        self.interval = interval
    }

    /// True if they have been requested.
    var haveStarted: Bool { !boards.isEmpty }

    /// The time at which the next board is due.
    var nextTime: ContinuousClock.Instant? { boards.values.compactMap(\.due).min() }

    /// Returns the boards that are due, and marks them as requested.
    mutating func due(at now: ContinuousClock.Instant) -> [Leaderboard.Period] {
        guard let interval else { return [] }
        let due = Leaderboard.Period.allCases.filter { boards[$0]?.due.map { $0 <= now } ?? true }
        for board in due { boards[board, default: Board()].due = now + interval }
        return due
    }

    /// Records that a board could not be read.
    mutating func recordFailure(_ board: Leaderboard.Period, at now: ContinuousClock.Instant) {
        boards[board, default: Board()].due = now + Self.retryInterval
    }

    /// Stores a board.
    ///
    /// - Returns: Its record.
    mutating func set(
        _ board: Leaderboard.Period, _ places: [DataAPI.BoardPlace], asOf: Timestamp
    ) -> [UInt8] {
        let byWallet = places.map { ($0.wallet, $0) }
        boards[board, default: Board()].places = Dictionary(byWallet) { first, _ in first }
        boards[board]!.asOf = asOf
        var writer = JSONWriter()
        writer.object { record in
            record.member(Key.kind, Kind.leaderboard.rawValue)
            record.member(Key.period, board.name)
            record.member(Key.asOf, asOf.description)
            record.key(Key.entries)
            record.array { entries in
                for place in places {
                    entries.object { entry in
                        entry.member(Key.rank, place.rank)
                        entry.member(Key.wallet, place.wallet)
                        entry.member(Key.name, place.name)
                        entry.member(Key.placeProfit, place.profit)
                        entry.member(Key.volume, place.volumeDollars)
                        entry.member(Key.volumeShares, place.volumeShares)
                    }
                }
            }
        }
        return writer.bytes
    }

    /// Returns a wallet's places as JSON for a trade; `nil` when it has none.
    func json(of wallet: String?) -> [UInt8]? {
        guard let wallet else { return nil }
        let found = Leaderboard.Period.allCases.compactMap { period in
            boards[period]?.places[wallet].map { (period, $0, boards[period]!.asOf) }
        }
        guard let oldest = found.compactMap(\.2).min() else { return nil }
        var writer = JSONWriter()
        writer.object { rank in
            rank.member(Key.asOf, oldest.description)
            rank.key(Key.places)
            rank.array { places in
                for (period, place, _) in found {
                    places.object { entry in
                        entry.member(Key.period, period.name)
                        entry.member(Key.rank, place.rank)
                        entry.member(Key.placeProfit, place.profit)
                    }
                }
            }
        }
        return writer.bytes
    }
}
