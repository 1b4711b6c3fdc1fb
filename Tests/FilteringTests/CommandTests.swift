import Glibc
import PMJSON
import TestSupport
import Testing

/// pm-filter as a process: options, environment variables and exit status.
struct FilterCommandTests {
    private static let trades =
        [(500, "BUY", 0.5), (1000, "SELL", 0.97), (9000, "BUY", 0.98), (20_000, "BUY", 0.1)].map {
            value, side, price in
            trade(
                #""side":"\#(side)","wallet":"0x\#(String(repeating: "aB", count: 20))","slug":"rain","price":\#(price),"size":1,"value":\#(value)"#
            )
        }.joined(separator: "\n") + "\n"

    private func values(_ arguments: [String] = [], _ environment: [String: String?] = [:]) throws -> [Int] {
        let child = try ChildProcess(
            Executables.path("pm-filter"), arguments, environment: environment, input: .text(Self.trades))
        #expect(try child.wait() == .status(0), "\(child.errors)")
        return try child.output.split(separator: "\n").map {
            try #require(JSON(String($0))["value"]?.integer)
        }
    }

    @Test(
        arguments: [
            ([], [1000, 20_000]), (["--min-value", "500"], [500, 1000, 20_000]),
            (["--min-value", "20000.01"], []),
            (["--max-price", "0.98"], [1000, 9000, 20_000]), (["--max-price", "0.1"], [20_000]),
            (["--side", "sell"], [1000]),
            (["--market", "rain", "--market", "sun"], [1000, 20_000]), (["--market", "sun"], []),
            (["--market", "https://polymarket.com/event/weather/rain?tid=1"], [1000, 20_000]),
            (["--market", "https://polymarket.com/es/event/rain/"], [1000, 20_000]),
            (["--market", "https://polymarket.com/event/rain/sun"], []),
            (["--wallet", "0x" + String(repeating: "Ab", count: 20)], [1000, 20_000]),
            (["--wallet", "0x" + String(repeating: "0", count: 40)], []),
        ])
    func optionsSelect(_ arguments: [String], _ expected: [Int]) throws {
        #expect(try values(arguments) == expected)
    }

    @Test(
        arguments: [
            (["PM_FILTER_MIN_VALUE": "500"], [500, 1000, 20_000]), (["PM_FILTER_MAX_PRICE": "0.1"], [20_000]),
            (["PM_FILTER_SIDE": "SELL"], [1000]), (["PM_FILTER_MARKET": "sun,rain"], [1000, 20_000]),
            (["PM_FILTER_WALLET": "0x" + String(repeating: "0", count: 40)], []),
            (["PM_FILTER_MIN_VALUE": ""], [1000, 20_000]),
        ])
    func variablesSelect(_ environment: [String: String], _ expected: [Int]) throws {
        #expect(try values([], environment) == expected)
    }

    @Test func theCommandLineWins() throws {
        #expect(try values(["--min-value", "9000"], ["PM_FILTER_MIN_VALUE": "500"]) == [20_000])
    }

    @Test(
        arguments: [
            ["--max-price", "97"], ["--market", "https://example.com/event/rain"], ["--market", ""],
            ["--market", "https://polymarket.com/profile/x"], ["--min-value", "many"], ["--min-value", "-1"],
            ["--max-price", "0,97"], ["--side", "HOLD"],
            ["--wallet", "0x12"],
            ["--tier", "whale=1"], ["--tier", "WHALE"], ["--tier", "=5"], ["--log-format", "xml"],
            ["--min-valu", "1"],
        ])
    func badUsageNamesTheFlag(_ arguments: [String]) throws {
        let child = try ChildProcess(Executables.path("pm-filter"), arguments)
        #expect(try child.wait() == .status(64))
        #expect(child.output == "")
        #expect(child.errors.contains(arguments[0]))
    }

    @Test(arguments: [
        "PM_FILTER_MIN_VALUE", "PM_FILTER_SIDE", "PM_FILTER_TIER", "PM_FILTER_WALLET", "PM_LOG_FORMAT",
    ])
    func aBadVariableIsNamed(_ variable: String) throws {
        let child = try ChildProcess(Executables.path("pm-filter"), environment: [variable: "\u{1B}bad"])
        #expect(try child.wait() == .status(64))
        #expect(
            child.errors
                == "Error: the environment's \(variable) is '\\u{1b}bad', which is not a valid value\n")
    }

    @Test(
        arguments: [(["--strict"], [:]), ([], ["PM_FILTER_STRICT": "1"])] as [([String], [String: String])])
    func strictFailsOnAReject(_ arguments: [String], _ environment: [String: String]) throws {
        let directory = try TemporaryDirectory()
        let input = ChildProcess.Input.text("{}\n[\n{}\n")
        let child = try ChildProcess(
            Executables.path("pm-filter"), arguments + ["--rejects", directory.file("r")],
            environment: environment, input: input)
        #expect(try child.wait() == .status(65))
        #expect(child.output == "{}\n{}\n")
        #expect(
            child.errors == """
                pm-filter: warning: line 2 rejected: not a JSON object at byte 0
                pm-filter: fatal: 1 line rejected, kept in \(directory.file("r"))

                """)
        #expect(
            try directory.read("r")
                == #"{"kind":"reject","stage":"pm-filter","line":2,"reason":"not a JSON object at byte 0","text":"["}"#
                + "\n")
    }

    @Test func helpAndVersion() throws {
        let help = try ChildProcess(Executables.path("pm-filter"), ["--help"])
        #expect(try help.wait() == .status(0))
        for word in [
            "EXIT STATUS", "--min-value", "default: 1000", "default: 0.97", "WHALE=8001", "--strict",
        ] {
            #expect(help.output.contains(word), "\(word)")
        }
        let version = try ChildProcess(Executables.path("pm-filter"), ["--version"])
        #expect(try version.wait() == .status(0) && !version.output.isEmpty)
    }
}

/// A million lines with three bad ones: the first, one in the middle, and the truncated last one.
struct MillionLinesTests {
    private static let count = 1_000_000

    /// The memory limit in bytes. A debug build loads the Swift runtime as shared libraries, which takes 5
    /// MiB more.
    #if DEBUG
        private static let limit = 21 << 20
    #else
        private static let limit = 16 << 20
    #endif

    @Test func badLinesStopNothingAndMemoryStaysConstant() throws {
        let directory = try TemporaryDirectory()
        let (small, large) = (
            trade(#""id":"s","price":0.25,"size":40"#), trade(#""id":"l","price":0.5,"size":4000"#)
        )
        let child = try ChildProcess(
            Executables.path("pm-filter"),
            ["--rejects", directory.file("rejects"), "--status-dir", directory.path],
            input: .pipe, output: .captured)
        // a thousand lines at a time; every hundredth trade is large
        let block = (0..<1000).map { ($0 % 100 == 7 ? large : small) + "\n" }.joined()
        try child.write("not JSON\n" + block.dropFirst(small.utf8.count + 1))
        var peak = 0
        for number in 1..<Self.count / 1000 {
            switch number {
            case 500: try child.write(small.dropLast() + ",}\n" + block.dropFirst(small.utf8.count + 1))
            case 999: try child.write(String(block.dropLast(small.utf8.count + 1) + small.dropLast()))
            default: try child.write(block)
            }
            if number % 100 == 0 { peak = max(peak, try residentPeak(of: child)) }
        }
        // before the end of input, while the process still runs
        #expect(
            eventually {
                (try? JSON(directory.read("pm-filter.json")))?["lines_in"]?.integer == Self.count - 1
            })
        peak = max(peak, try residentPeak(of: child))
        child.closeInput()
        #expect(try child.wait() == .status(0))
        #expect(peak < Self.limit)

        let output = child.outputBytes
        #expect(output == Array(String(repeating: large + "\n", count: Self.count / 100).utf8))
        let rejects = try directory.read("rejects").split(separator: "\n").map { try JSON(String($0)) }
        #expect(rejects.map { $0["line"]?.integer } == [1, 500_001, 1_000_000])
        #expect(
            rejects.map { $0["reason"]?.string } == [
                "not a JSON object at byte 0", "unexpected byte at byte \(small.utf8.count)",
                "unexpected end at byte \(small.utf8.count - 1)",
            ])
        #expect(rejects[0]["text"]?.string == "not JSON")
        #expect(
            child.errors == """
                pm-filter: warning: line 1 rejected: not a JSON object at byte 0
                pm-filter: warning: 3 lines rejected, kept in \(directory.file("rejects"))

                """)
    }

    /// A line of a hundred million bytes is one reject and is not held in memory.
    @Test func aHugeLineUsesNoMemory() throws {
        let directory = try TemporaryDirectory()
        let child = try ChildProcess(
            Executables.path("pm-filter"), ["--rejects", directory.file("rejects")], input: .pipe,
            output: .pipe)
        let chunk = [UInt8](repeating: UInt8(ascii: "x"), count: 1_000_000)
        for _ in 0..<100 { try child.write(chunk) }
        try child.write("\n{}\n")
        #expect(try child.line() == "{}")
        #expect(try residentPeak(of: child) < Self.limit)
        child.closeInput()
        #expect(try child.wait() == .status(0))
        let reject = try JSON(directory.read("rejects"))
        #expect(reject["reason"]?.string == "longer than 1 MiB" && reject["text"]?.string?.utf8.count == 4096)
    }

    /// Returns the peak resident memory of a process in bytes.
    private func residentPeak(of child: ChildProcess) throws -> Int {
        let peak = try #require(child.kernelStatus("VmHWM"))  // "12345 kB"
        return try #require(Int(peak.prefix { $0 != " " })) * 1024
    }
}
