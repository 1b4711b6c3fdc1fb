import Foundation
import PMJSON
import PMRecord
import TestSupport
import Testing

/// Dispatcher to the simulator's receivers over real sockets, through everything that receivers do: refusals that name
/// their time in every way there is, failures, silence, resets, and the end; and the process killed now and then.
///
/// No alert is lost, none leaves before its receiver wants it, and none arrives twice unless it was in doubt. A few
/// seeds as a sample; `PM_LONG_RUN=200` runs so many. `PM_SEED` begins with that seed.
struct StormTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let first = environment["PM_SEED"].flatMap { UInt64($0) } ?? 1
    private static let count = environment["PM_LONG_RUN"].flatMap { UInt64($0) } ?? 8
    private static let exchange = Result { try SimulatedExchange(["--paused"]) }

    /// How long after an answer it may not be in the ledger yet.
    private static let doubt = Duration.seconds(2)

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
            let deliveries = received.enumerated().compactMap { place, json in
                StormDelivery(json, place < steps.count ? steps[place] : nil)
            }
            let what = "seed \(seed), \(kind)"
            #expect(deliveries.count == received.count, "\(what): something else was received")
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

    /// - Returns: When the process was killed, and the next began.
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
        var (place, killed) = (0, [ClosedRange<Timestamp>]())
        for kill in storm.kills {
            while place < kill.place {
                try stage.process.write(storm.lines[place])
                place += 1
                usleep(20_000)
            }
            usleep(UInt32(kill.delay.inMilliseconds * 1000))
            let end = Timestamp.now()
            stage.process.kill(SIGKILL)
            try stage.process.wait()
            place = try cursor(of: directory)
            killed.append(end ... .now())
            stage = try AlertProcess(options, in: directory)
        }
        for line in storm.lines[place...] {
            try stage.process.write(line)
            usleep(20_000)
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
                "\(what): \(before.at.duration(to: next.at)) after one was told to wait \(before.wait)")
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
                #expect(delivery.isMarked, "\(what): \(message) is not marked as sent again")
                #expect(delivery.id == before.id, "\(what): \(message) has another id")
            }
            arrived[message] = delivery
        }
    }

    /// Whether the process was killed so soon after that it may not have known. The receiver may be the slower one, and
    /// read what a process sent that has been killed since.
    private func wasInDoubt(_ delivery: StormDelivery, _ killed: [ClosedRange<Timestamp>]) -> Bool {
        killed.contains {
            delivery.at <= $0.upperBound && delivery.at.duration(to: $0.lowerBound) < Self.doubt
        }
    }

    private func checkNoneLost(
        _ deliveries: [StormDelivery], _ storm: Storm, _ dead: [JSON], mayRefuse: Bool, _ what: String
    ) {
        for (number, size) in storm.sizes {
            let told = deliveries.filter { $0.isSuccess && $0.number == number }.map(\.trades).max() ?? 0
            let isDead = dead.contains { $0["trade"]?["title"]?.string == "Storm \(number)" }
            #expect(told == size || isDead, "\(what): alert \(number) has told of \(told) of \(size) trades")
            #expect(!isDead || mayRefuse, "\(what): alert \(number) was given up")
        }
    }
}
