import Foundation
import PMFlow
import TestSupport
import Testing

/// Two ingest hosts, three servers and a store, of which any is killed or frozen at random moments. In the end the stream
/// and the database have each trade that either host received, once.
///
/// Runs one seed; `PM_LONG_RUN=200` runs 200, and `PM_SEED` sets the first.
@Suite(
    "Random faults", .enabled(if: TemporaryCluster.isInstalled, "scripts/nats-server.sh installs the server"))
struct RandomFaultTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let first = environment["PM_SEED"].flatMap { UInt64($0) } ?? 1
    private static let count = environment["PM_LONG_RUN"].flatMap { UInt64($0) } ?? 1

    @Test("nothing is lost and nothing is there twice", arguments: first..<first + count)
    func nothingLostNothingTwice(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let cluster = try TemporaryCluster()
        let hosts = try [
            IngestHost("journal-a", 1...12_000, in: cluster),
            IngestHost("journal-b", 8001...20_000, in: cluster),
        ]
        let store = try StoreHost(in: cluster)
        for _ in 0..<8 {
            Thread.sleep(forTimeInterval: .random(in: 0.05...0.6, using: &random))
            switch Int.random(in: 0..<4, using: &random) {
            case 0: try hosts[Int.random(in: 0..<2, using: &random)].crash()
            case 1: try store.crash()
            case 2:
                let server = Int.random(in: 0..<3, using: &random)
                try cluster.kill(server)
                Thread.sleep(forTimeInterval: .random(in: 0...2, using: &random))
                try cluster.start(server)
            default:
                let server = Int.random(in: 0..<3, using: &random)
                cluster.signal(server, SIGSTOP)
                Thread.sleep(forTimeInterval: .random(in: 0...2, using: &random))
                cluster.signal(server, SIGCONT)
            }
        }
        for host in hosts { try host.finish() }
        let taken = try cluster.take("trades")
        let all = (1...20_000).map(identity)
        #expect(taken.ids.count == all.count, "seed \(seed): each line once")
        #expect(Set(taken.ids) == Set(all), "seed \(seed): no line is missing")
        let stored = try store.finish()
        #expect(stored.count == all.count, "seed \(seed): each row once")
        #expect(Set(stored) == Set(all), "seed \(seed): no row is missing")
    }
}

/// A host whose journal has a range of trades. It publishes them, and after a crash begins again at its cursor.
private final class IngestHost {
    private let journal: String
    private let numbers: ClosedRange<Int>
    private let cluster: TemporaryCluster
    private var put: ChildProcess

    init(_ journal: String, _ numbers: ClosedRange<Int>, in cluster: TemporaryCluster) throws {
        self.journal = journal
        self.numbers = numbers
        self.cluster = cluster
        put = try Self.start(journal, numbers, in: cluster)
    }

    func crash() throws {
        put.kill(SIGKILL)
        _ = try put.wait()
        let cursors = try cluster.run(["cursor", "trades"])
        let pattern = try Regex(#""stream":"\#(journal)","seq":([0-9]+)"#, as: (Substring, Substring).self)
        let cursor = cursors.firstMatch(of: pattern).flatMap { Int($0.1) } ?? numbers.lowerBound - 1
        put = try Self.start(journal, min(cursor + 1, numbers.upperBound)...numbers.upperBound, in: cluster)
    }

    func finish() throws {
        #expect(try put.wait(within: patience * 2) == .status(0), "\(put.errors)")
    }

    private static func start(
        _ journal: String, _ numbers: ClosedRange<Int>, in cluster: TemporaryCluster
    ) throws -> ChildProcess {
        try cluster.relay(
            ["put", "trades", "--quiet"], input: .text(sourceLines(numbers, stream: journal).asLines))
    }
}

/// `take | pm-store` into SQLite. After a crash it begins again at the database's cursor.
private final class StoreHost {
    private let cluster: TemporaryCluster
    private let directory: TemporaryDirectory
    private var chain: Pipeline

    init(in cluster: TemporaryCluster) throws {
        self.cluster = cluster
        directory = try TemporaryDirectory()
        chain = try Self.start(in: cluster, directory, once: false)
    }

    func crash() throws {
        kill()
        chain = try Self.start(in: cluster, directory, once: false)
    }

    /// Stores the rest of the stream, and returns the ids of the rows.
    func finish() throws -> [String] {
        kill()
        chain = try Self.start(in: cluster, directory, once: true)
        #expect(try chain.wait(within: patience * 2) == [.status(0), .status(0)], "\(chain.errors)")
        let export = try ChildProcess(Executables.path("pm-store"), ["export"] + Self.database(directory))
        #expect(try export.wait() == .status(0), "\(export.errors)")
        return try TakenLines(export.output).ids
    }

    private func kill() {
        for stage in chain.stages {
            stage.kill(SIGKILL)
            _ = try? stage.wait()
        }
    }

    private static func database(_ directory: TemporaryDirectory) -> [String] {
        ["--database", "sqlite:" + directory.file("trades.db")]
    }

    private static func start(
        in cluster: TemporaryCluster, _ directory: TemporaryDirectory, once: Bool
    ) throws -> Pipeline {
        let cursor = try ChildProcess(Executables.path("pm-store"), ["cursor"] + database(directory))
        _ = try cursor.wait()
        try directory.write(cursor.output, to: "cursors")
        return try Pipeline([
            Pipeline.Command(
                try Executables.path("pm-relay"),
                ["take", "trades", "--resume", directory.file("cursors")] + (once ? ["--once"] : [])
                    + cluster.options),
            Pipeline.Command(try Executables.path("pm-store"), database(directory) + ["--quiet"]),
        ])
    }
}
