import AlertFixtures
import Foundation
import PMJSON
import PMRecord
import TestSupport
import Testing

/// Deliveries to the simulator's receivers over real sockets, with rate limits in every form, failures, silence, resets
/// and closed channels, and with the process killed at random.
///
/// No alert is lost, none arrives during a rate limit, and none arrives twice unless it was in doubt. Runs a few seeds;
/// `PM_LONG_RUN=200` runs 200, and `PM_SEED` sets the first.
struct StormTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let first = environment["PM_SEED"].flatMap { UInt64($0) } ?? 1
    private static let count = environment["PM_LONG_RUN"].flatMap { UInt64($0) } ?? 8
    private static let exchange = Result { try SimulatedExchange(["--paused"]) }

    /// The time between two lines, in microseconds: the pace of the storm.
    private static let interval: UInt32 = 20_000
    /// The longest time from an answer to its outbox entry.
    private static let longestNoting = Duration.seconds(2)

    @Test(arguments: first..<first + count)
    func noAlertIsLostNoneEarlyNoneTwice(seed: UInt64) throws {
        let storm = Storm(seed: seed)
        let exchange = try Self.exchange.get()
        let directory = try TemporaryDirectory()
        for kind in Storm.kinds {
            let steps = storm.steps[kind]!.map(\.script).joined(separator: ",")
            try exchange.script("\(kind)-\(seed)", "[\(steps)]")
        }
        let subscribers = try subscribe(to: exchange, seed, in: directory)
        let killed = try run(storm, subscribers: subscribers, in: directory)
        let dead = try directory.read("dead").split(separator: "\n").map { try JSON(String($0)) }
        for kind in Storm.kinds {
            let received = try exchange.received(by: "\(kind)-\(seed)")
            let steps = storm.steps[kind]!
            let deliveries = received.enumerated().compactMap { index, json in
                StormDelivery(json, index < steps.count ? steps[index] : nil)
            }
            let what = "seed \(seed), \(kind)"
            #expect(deliveries.count == received.count, "\(what): a request without an alert")
            checkNoneEarly(deliveries, killed, what)
            checkNoneTwice(deliveries, killed, what)
            let given = dead.filter { $0["channel"]?.string == kind }
            checkNoneLost(deliveries, storm, given, mayRefuse: steps.contains(where: \.isFinal), what)
        }
    }

    // MARK: Running

    private func subscribe(
        to exchange: SimulatedExchange, _ seed: UInt64, in directory: TemporaryDirectory
    ) throws -> String {
        let settings = try Storm.kinds.map { kind in
            let url = exchange.url("hooks") + "/\(kind)-\(seed)"
            let secret = try directory.write(kind == "telegram" ? "1:a\n-4\n\(url)\n" : "\(url)\n", to: kind)
            return #"{"channel":"\#(kind)","target":"\#(secret)"}"#
        }
        return try directory.write(
            #"{"name":"ada","settings":[\#(settings.joined(separator: ","))]}"# + "\n", to: "subscribers")
    }

    /// - Returns: For each kill, the time until the next process started.
    private func run(
        _ storm: Storm, subscribers: String, in directory: TemporaryDirectory
    ) throws -> [ClosedRange<Timestamp>] {
        let options = [
            "--subscribers", subscribers, "--ledger", directory.file("ledger"), "--dead-letters",
            directory.file("dead"), "--timeout", "3s", "--retry-pause", "20ms", "--retry-limit", "300ms",
            "--patience", "\(Storm.patience.inMilliseconds)ms", "--chat-interval", "20ms", "--drain", "90s",
            "--burst", "30s",
        ]
        var stage = try AlertProcess(options, in: directory)
        var (written, killed) = (0, [ClosedRange<Timestamp>]())
        for kill in storm.kills {
            while written < kill.lines {
                try stage.process.write(storm.lines[written])
                written += 1
                usleep(Self.interval)
            }
            // A random time is the subject.
            usleep(UInt32(kill.delay.inMilliseconds * 1000))
            let end = Timestamp.now()
            stage.process.kill(SIGKILL)
            try stage.process.wait()
            written = try cursor(of: directory)
            killed.append(end ... .now())
            stage = try AlertProcess(options, in: directory)
        }
        for line in storm.lines[written...] {
            try stage.process.write(line)
            usleep(Self.interval)
        }
        stage.process.closeInput()
        let exit = try stage.process.wait(within: .seconds(120))
        #expect(exit == .status(0), "seed \(storm.seed): \(stage.process.errors)")
        #expect(try cursor(of: directory) == storm.lines.count, "seed \(storm.seed)")
        return killed
    }

    private func cursor(of directory: TemporaryDirectory) throws -> Int {
        let process = try AlertProcess.run(
            "cursor", ["--ledger", directory.file("ledger")], in: directory, usesDatabase: false)
        return try process.output.split(separator: "\n").first.flatMap {
            try JSON(String($0))["seq"]?.integer
        }
            ?? 0
    }

    // MARK: Checking

    private func checkNoneEarly(
        _ deliveries: [StormDelivery], _ killed: [ClosedRange<Timestamp>], _ what: String
    ) {
        for (before, next) in zip(deliveries, deliveries.dropFirst())
        where before.at.duration(to: next.at) < before.wait - .milliseconds(1) {
            #expect(
                wasInDoubt(before, killed),
                "\(what): \(before.at.duration(to: next.at)) after a rate limit of \(before.wait)")
        }
    }

    private func checkNoneTwice(
        _ deliveries: [StormDelivery], _ killed: [ClosedRange<Timestamp>], _ what: String
    ) {
        var arrived: [String: StormDelivery] = [:]
        for delivery in deliveries where delivery.isSuccess {
            let message = "\(delivery.number) of \(delivery.trades)"
            if let before = arrived[message] {
                #expect(wasInDoubt(before, killed), "\(what): \(message) arrived twice")
                #expect(delivery.isMarked, "\(what): \(message) is not marked as a redelivery")
                #expect(delivery.id == before.id, "\(what): \(message) has another id")
            }
            arrived[message] = delivery
        }
    }

    /// Returns true if the process was killed before it could note the answer. The receiver may also be late, and read
    /// the request of a process that is already dead.
    private func wasInDoubt(_ delivery: StormDelivery, _ killed: [ClosedRange<Timestamp>]) -> Bool {
        killed.contains {
            delivery.at <= $0.upperBound && delivery.at.duration(to: $0.lowerBound) < Self.longestNoting
        }
    }

    private func checkNoneLost(
        _ deliveries: [StormDelivery], _ storm: Storm, _ dead: [JSON], mayRefuse: Bool, _ what: String
    ) {
        for (number, size) in storm.sizes {
            let delivered = deliveries.filter { $0.isSuccess && $0.number == number }.map(\.trades).max() ?? 0
            let isDead = dead.contains { $0["trade"]?["title"]?.string == "Storm \(number)" }
            #expect(
                delivered == size || isDead, "\(what): alert \(number) has \(delivered) of \(size) trades")
            #expect(!isDead || mayRefuse, "\(what): alert \(number) was given up")
        }
    }
}
