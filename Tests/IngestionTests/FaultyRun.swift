import Glibc
import TestSupport
import Testing

/// pm-ingest and a simulated exchange at odds, and what pm-ingest is held to: all that happened is told, each trade
/// once.
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
    /// The runs of pm-ingest, one after the other; all but the last were killed.
    private(set) var children: [ChildProcess] = []

    /// - Parameters:
    ///   - intervals: The default makes everything quick.
    ///   - more: Arguments besides.
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

    /// Kills pm-ingest in the middle of whatever it does, and starts it where a consumer's cursor stands: at the last
    /// mark it was told.
    func killAndGoOn() throws {
        child.kill(SIGKILL)
        try child.wait()
        let mark = wholeLines(of: child).last { $0.hasPrefix(#"{"kind":"mark""#) }
        let after = mark.flatMap { parsed($0.utf8)["seq"] as? Int } ?? 0
        children.append(try Ingest.start(arguments + ["--after", "\(after)"]))
    }

    /// Lets the faults and the trades end, and waits until all is told.
    ///
    /// - Parameter limit: How long that may take.
    func expectTruth(within limit: Duration = .seconds(120), _ name: String = "") throws {
        try exchange.setFaults("[]")
        try exchange.finish()
        var (told, truth) = (Set<String>(), Set<String>())
        let isSame = try eventually(within: limit) {
            for _ in 0..<10 {
                try exchange.burst(1)  // a gap ends with what is heard after it
                usleep(150_000)
            }
            truth = Set(try ids(ofTruth: exchange))
            told = Set(children.flatMap(ids))
            return told == truth
        }
        #expect(
            isSame,
            """
            \(name): of \(truth.count) trades \(truth.subtracting(told).count) are missing, \
            \(told.subtracting(truth).count) never were
            \(scenario)
            \(child.errors)
            """)
        for child in children {
            let ids = ids(child)
            #expect(Set(ids).count == ids.count, "\(name): told twice in one run")
        }
    }

    private func ids(_ child: ChildProcess) -> [String] {
        wholeLines(of: child).filter { $0.hasPrefix(#"{"kind":"trade""#) }
            .compactMap { parsed($0.utf8)["id"] as? String }
    }

    /// The ids of what happened: those of the exchange's own rows.
    private func ids(ofTruth exchange: SimulatedExchange) throws -> [String] {
        let rows = try exchange.truth().joined(separator: "\n")
        let child = try Ingest.start("--replay", "-", input: .text(rows + "\n"))
        try child.wait()
        return ids(child)
    }

    private func wholeLines(of child: ChildProcess) -> [Substring] {
        let output = child.output
        guard let end = output.lastIndex(of: "\n") else { return [] }
        return output[..<end].split(separator: "\n")
    }
}
