import Foundation
import TestSupport

/// Starts pm-ingest as a process.
enum Ingest {
    static func start(
        _ arguments: String..., environment: [String: String?] = [:], input: ChildProcess.Input = .none,
        output: ChildProcess.Output = .captured
    ) throws -> ChildProcess {
        try start(arguments, environment: environment, input: input, output: output)
    }

    static func start(
        _ arguments: [String], environment: [String: String?] = [:], input: ChildProcess.Input = .none,
        output: ChildProcess.Output = .captured
    ) throws -> ChildProcess {
        try ChildProcess(
            try Executables.path("pm-ingest"), arguments, environment: environment, input: input,
            output: output)
    }

    /// Replays a recording to its end.
    static func replay(
        _ text: String, _ arguments: String...
    ) throws -> (lines: [[String: Any]], status: ChildProcess.Exit, errors: String) {
        let child = try start(["--replay", "-"] + arguments, input: .text(text))
        let status = try child.wait()
        return (child.records, status, child.errors)
    }
}

extension SimulatedExchange {
    /// Returns the ids of the trades that happened, in their order: those of the exchange's own rows.
    func tradeIDs() throws -> [String] {
        let rows = try truth().joined(separator: "\n")
        let child = try Ingest.start("--replay", "-", input: .text(rows + "\n"))
        try child.wait()
        return child.trades.compactMap { $0["id"] as? String }
    }
}

extension ChildProcess {
    /// The lines of standard output up to now, as Foundation reads them.
    var records: [[String: Any]] { lines.map { parsed($0.utf8) } }

    var lines: [Substring] { output.split(separator: "\n") }

    var trades: [[String: Any]] { records.filter { $0["kind"] as? String == "trade" } }

    var transactions: [String] { trades.compactMap { $0["tx_hash"] as? String } }
}
