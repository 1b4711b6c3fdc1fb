import Glibc
import TestSupport
import Testing

/// A run of pm-ingest against a simulated exchange with faults. In the end, every trade that happened must have been
/// emitted, and once.
final class FaultyRun {
    static let quick = [
        "--ping", "1s", "--backoff-least", "50ms", "--backoff-most", "300ms",
        "--settle", "300ms", "--margin", "60s", "--retry-gap", "500ms", "--audit", "2s",
        "--silence-least", "700ms", "--silence-most", "1500ms", "--first-data", "1s",
    ]

    let exchange: SimulatedExchange
    private let folder: TemporaryDirectory
    private let scenario: String
    private let arguments: [String]
    /// The processes of pm-ingest, one after the other; all but the last were killed.
    private(set) var children: [ChildProcess] = []

    /// - Parameters:
    ///   - intervals: The arguments for the intervals. The default makes them short.
    ///   - more: Further arguments.
    init(_ scenario: String, intervals: [String] = quick, _ more: [String] = []) throws {
        self.scenario = scenario
        exchange = try SimulatedExchange(scenario: scenario)
        folder = try TemporaryDirectory()
        arguments =
            [
                "--url", exchange.url("rtds"), "--data-url", exchange.url("data"),
                "--journal", folder.file("journal"), "--status-dir", folder.file("status"),
            ] + intervals + more
        children = [try Ingest.start(arguments)]
    }

    var child: ChildProcess { children[children.count - 1] }

    /// A figure of the status file.
    func figure(_ name: String) -> Int? {
        (try? folder.read("status/pm-ingest.json")).flatMap { parsed($0.utf8)[name] as? Int }
    }

    /// Kills pm-ingest, and starts it again at a consumer's cursor: the last mark in its output.
    func killAndRestart() throws {
        child.kill(SIGKILL)
        try child.wait()
        let mark = wholeLines(of: child).last { $0.hasPrefix(#"{"kind":"mark""#) }
        let after = mark.flatMap { parsed($0.utf8)["seq"] as? Int } ?? 0
        children.append(try Ingest.start(arguments + ["--after", "\(after)"]))
    }

    /// Ends the faults and the trades, and waits until every trade that happened has been emitted.
    ///
    /// - Parameters:
    ///   - limit: How long that may take.
    ///   - name: Names the run in a failure.
    func expectTruth(within limit: Duration = .seconds(120), _ name: String = "") throws {
        try exchange.setFaults("[]")
        try exchange.finish()
        var (emitted, truth) = (Set<String>(), Set<String>())
        let isSame = try eventually(within: limit) {
            for _ in 0..<10 {
                try exchange.burst(1)  // a gap ends with the data after it
                usleep(150_000)  // the pace of the feed: a burst is data for the time after it
            }
            truth = Set(try exchange.tradeIDs())
            emitted = Set(children.flatMap { ids($0) })
            return emitted == truth
        }
        #expect(
            isSame,
            """
            \(name): of \(truth.count) trades \(truth.subtracting(emitted).count) are missing, \
            \(emitted.subtracting(truth).count) never happened
            \(scenario)
            \(child.errors)
            """)
        let retracted = Set(children.flatMap { ids($0, of: "retract") })
        #expect(retracted.isDisjoint(with: truth), "\(name): trades that happened were retracted")
        for child in children {
            let ids = ids(child)
            #expect(Set(ids).count == ids.count, "\(name): a trade was emitted twice in one run")
        }
    }

    private func ids(_ child: ChildProcess, of kind: String = "trade") -> [String] {
        wholeLines(of: child).filter { $0.hasPrefix(#"{"kind":"\#(kind)""#) }
            .compactMap { parsed($0.utf8)["id"] as? String }
    }

    private func wholeLines(of child: ChildProcess) -> [Substring] {
        let output = child.output
        guard let end = output.lastIndex(of: "\n") else { return [] }
        return output[..<end].split(separator: "\n")
    }
}
