import Foundation
import Glibc
import PMFlow
import TestSupport
import Testing

/// Random faults against the simulated exchange: what was told in the end is what happened there, exactly.
///
/// A few scripts as a sample; `PM_LONG_RUN=200` runs so many. `PM_SEED` begins with that seed.
@Suite(.serialized) struct FaultScriptTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let first = environment["PM_SEED"].flatMap { UInt64($0) } ?? 1
    private static let count = environment["PM_LONG_RUN"].flatMap { UInt64($0) } ?? 3

    @Test(arguments: first..<first + count)
    func whatWasToldIsWhatHappened(seed: UInt64) throws {
        var script = FaultScript(seed: seed)
        let scenario = script.scenario()
        let exchange = try SimulatedExchange(scenario: scenario)
        let folder = try TemporaryDirectory()
        let arguments = [
            "--url", exchange.url("rtds"), "--data-url", exchange.url("data"), "--journal",
            folder.file("journal"),
            "--connections", "\(script.connections)", "--ping", "1s", "--backoff-least", "50ms",
            "--backoff-most", "300ms",
            "--settle", "300ms", "--margin", "60s", "--silence-least", "700ms", "--silence-most", "1500ms",
            "--first-data", "1s", "--retry-gap", "500ms", "--audit", "2s", "--rotate", "\(script.rotation)",
            "--handover",
            "1s",
        ]
        var child = try Ingest.start(arguments)
        var outputs: [ChildProcess] = [child]
        if let moment = script.kill {
            usleep(UInt32(moment / .microseconds(1)))
            child.kill(SIGKILL)
            try child.wait()
            child = try Ingest.start(arguments + ["--after", "\(lastMark(of: child.output))"])
            outputs.append(child)
        }
        _ = eventually(within: .seconds(30), every: .milliseconds(100)) { exchange.isFinished }
        try exchange.setFaults("[]")
        try exchange.resume()
        // Something must come for a gap to have an end: one more trade a while.
        var (told, truth) = ([String: Int](), [String: Int]())
        let isSame = try eventually(within: .seconds(60), every: .milliseconds(400)) {
            try exchange.burst(1)
            truth = try ids(ofTruth: exchange)
            told = Set(outputs.flatMap(ids)).reduce(into: [:]) { $0[$1] = 1 }
            return told.count == truth.count && told == truth
        }
        let (missing, surplus) = (
            truth.keys.filter { told[$0] == nil }, told.keys.filter { truth[$0] == nil }
        )
        #expect(
            isSame,
            "seed \(seed): \(missing.count) of \(truth.count) missing, \(surplus.count) beyond\n\(scenario)\n\(child.errors)"
        )
        let journaled = ids(child)
        #expect(Set(journaled).count == journaled.count, "seed \(seed): told twice in one run")
    }

    private func ids(_ child: ChildProcess) -> [String] {
        let output = child.output
        let whole = output.lastIndex(of: "\n").map { output[...$0] } ?? ""
        return whole.split(separator: "\n").filter { $0.hasPrefix(#"{"kind":"trade""#) }
            .compactMap { parsed($0.utf8)["id"] as? String }
    }

    /// The ids of what happened: those of the exchange's own rows.
    private func ids(ofTruth exchange: SimulatedExchange) throws -> [String: Int] {
        let rows = try exchange.truth().joined(separator: "\n")
        let child = try Ingest.start("--replay", "-", input: .text(rows + "\n"))
        try child.wait()
        return ids(child).reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }

    private func lastMark(of output: String) -> Int {
        output.split(separator: "\n").last { $0.hasPrefix(#"{"kind":"mark""#) && $0.hasSuffix("}") }
            .flatMap { parsed($0.utf8)["seq"] as? Int } ?? 0
    }
}

/// What goes wrong in one run, drawn from a seed.
private struct FaultScript {
    private var dice: SplitMix64
    let connections: Int
    let rotation: String
    let kill: Duration?

    init(seed: UInt64) {
        dice = SplitMix64(seed: seed)
        connections = Int.random(in: 1...2, using: &dice)
        rotation = ["1s", "3s", "10m"].randomElement(using: &dice)!
        kill =
            Int.random(in: 0..<3, using: &dice) == 0
            ? .milliseconds(Int.random(in: 300...4000, using: &dice)) : nil
    }

    mutating func scenario() -> String {
        let faults = (0..<Int.random(in: 1...5, using: &dice)).map { _ in fault() }.joined(separator: ",")
        let rate = [20, 100, 400].randomElement(using: &dice)!
        let lag = [0, 200, 2000].randomElement(using: &dice)!
        let seed = UInt32.random(in: 0...UInt32.max, using: &dice)
        return
            #"{"seed":\#(seed),"rate":\#(rate),"duration_ms":6000,"rest_lag_ms":\#(lag),"faults":[\#(faults)]}"#
    }

    private mutating func fault() -> String {
        let after = Int.random(in: 0...300, using: &dice)
        let times = Int.random(in: 1...4, using: &dice)
        let pause = Int.random(in: 200...3000, using: &dice)
        let every = Int.random(in: 5...60, using: &dice)
        let from = Int.random(in: 0...3000, using: &dice)
        return [
            #"{"on":"rtds","do":"reset","after":\#(after),"times":\#(times)}"#,
            #"{"on":"rtds","do":"fin","after":\#(after),"times":\#(times)}"#,
            #"{"on":"rtds","do":"close","code":1008,"after":\#(after),"times":\#(times)}"#,
            #"{"on":"rtds","do":"close","code":1012,"after":\#(after),"times":\#(times)}"#,
            #"{"on":"rtds","do":"close","code":1013,"reason":"slow consumer: send buffer full","after":\#(after),"times":1}"#,
            #"{"on":"rtds","do":"close","code":1000,"times":\#(times)}"#,
            #"{"on":"rtds","do":"freeze","for_ms":\#(pause),"after":\#(after),"times":2}"#,
            #"{"on":"rtds","do":"half_open","for_ms":\#(pause),"after":\#(after),"times":1}"#,
            #"{"on":"rtds","do":"silence","type":"trades","from_ms":\#(from),"until_ms":\#(from + pause)}"#,
            #"{"on":"rtds","do":"silence","type":"orders_matched"}"#,
            #"{"on":"rtds","do":"silence","from_ms":\#(from),"until_ms":\#(from + pause)}"#,
            #"{"on":"rtds","do":"bad_utf8","after":\#(after),"times":\#(times)}"#,
            #"{"on":"rtds","do":"giant","bytes":67108864,"after":\#(after),"times":1}"#,
            #"{"on":"rtds","do":"fragment","pieces":3,"every":\#(every)}"#,
            #"{"on":"rtds","do":"fragment","after":\#(after),"times":3}"#,
            #"{"on":"rtds","do":"array","count":4,"every":\#(every)}"#,
            #"{"on":"rtds","do":"duplicate","every":\#(every)}"#,
            #"{"on":"rtds","do":"reorder","every":\#(every)}"#,
            #"{"on":"rtds","do":"empty","every":\#(every)}"#,
            #"{"on":"rtds","do":"malformed","every":\#(every)}"#,
            #"{"on":"rtds","do":"unknown","every":\#(every)}"#,
            #"{"on":"rtds","do":"refuse","status":429,"retry_after":1,"body":"html","times":\#(times)}"#,
            #"{"on":"rtds","do":"refuse","status":503,"times":\#(times)}"#,
            #"{"on":"data","do":"status","status":503,"times":\#(times)}"#,
            #"{"on":"data","do":"truncate","times":\#(times)}"#,
            #"{"on":"data","do":"html","times":\#(times)}"#,
        ].randomElement(using: &dice)!
    }
}
