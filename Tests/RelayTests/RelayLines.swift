import PMJSON
import TestSupport

/// Lines of a source: trades of fifty wallets, with a mark after each hundred.
func sourceLines(_ numbers: ClosedRange<Int>, stream: String = "journal-a", seqOffset: Int = 0) -> [String] {
    numbers.flatMap { number -> [String] in
        let seq = number + seqOffset
        let trade =
            #"{"kind":"trade","id":"\#(identity(number))","seq":\#(seq),"wallet":"0x\#(wallet(number))","price":0.5,"size":1000,"side":"BUY","time":"2026-12-01T00:00:00.000Z","asset_id":"1"}"#
        guard number.isMultiple(of: 100) else { return [trade] }
        return [
            trade, #"{"kind":"mark","stream":"\#(stream)","seq":\#(seq),"time":"2026-12-01T00:00:00.000Z"}"#,
        ]
    }
}

/// The id of a trade.
func identity(_ number: Int) -> String { padded(number, 32) }

private func wallet(_ number: Int) -> String { padded(number % 50 + 1, 40) }

private func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: width - digits.count) + digits
}

extension Sequence<String> {
    var asLines: String { map { $0 + "\n" }.joined() }
}

/// The output of `pm-relay take`.
struct TakenLines {
    let ids: [String]
    let seqs: [Int]
    /// The stream's number in the last mark, and its name.
    let lastMark: (seq: Int, stream: String)?
    let gaps: [JSON]

    init(_ output: String) throws {
        let records = try output.split(separator: "\n").map { try JSON(Array($0.utf8)) }
        let trades = records.filter { $0["kind"]?.string == "trade" }
        ids = trades.compactMap { $0["id"]?.string }
        seqs = trades.compactMap { $0["seq"]?.numberText.flatMap { Int($0) } }
        gaps = records.filter { $0["kind"]?.string == "gap" }
        lastMark = records.last { $0["kind"]?.string == "mark" }.flatMap { mark in
            guard let seq = mark["seq"]?.numberText.flatMap({ Int($0) }), let stream = mark["stream"]?.string
            else { return nil }
            return (seq, stream)
        }
    }
}

extension TemporaryCluster {
    /// Starts `pm-relay` with a subcommand and its arguments.
    func relay(
        _ arguments: [String], input: ChildProcess.Input = .none, output: ChildProcess.Output = .captured
    ) throws -> ChildProcess {
        let terminator = arguments.firstIndex(of: "--") ?? arguments.endIndex
        return try ChildProcess(
            Executables.path("pm-relay"),
            Array(arguments[..<terminator]) + options + Array(arguments[terminator...]), input: input,
            output: output)
    }

    /// Runs `pm-relay` to its end, and returns its output.
    func run(_ arguments: [String], input: String? = nil) throws -> String {
        let child = try relay(arguments, input: input.map { .text($0) } ?? .none)
        let exit = try child.wait()
        guard exit == .status(0) else {
            throw TestFailure("pm-relay \(arguments): \(exit) \(child.errors) \(log)")
        }
        return child.output
    }

    func take(_ stream: String, _ arguments: [String] = []) throws -> TakenLines {
        try TakenLines(run(["take", stream, "--once"] + arguments))
    }
}
