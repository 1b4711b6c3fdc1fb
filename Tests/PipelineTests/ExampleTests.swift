import Glibc
import TestSupport
import Testing

/// The examples of the manual pages run as they are pasted from a terminal of 80 columns, and so does the backup in
/// docs/OPERATING.md.
struct ExampleTests {
    private let directory = try! TemporaryDirectory()

    @Test(
        .enabled(if: Executables.installed("mandoc") != nil, "mandoc is not installed"),
        .timeLimit(.minutes(10)),
        arguments: ["pm-ingest", "pm-filter", "pm-enrich", "pm-store", "pm-alert"])
    func manualPagesCanBePasted(page: String) throws {
        let exchange = try SimulatedExchange(["--seed", "21", "--rate", "50"])
        try prepare()
        let examples = try Self.examples(of: page)
        #expect(!examples.isEmpty)
        for example in examples {
            #expect(!example.contains("$ pm-"), "a prompt cannot be pasted: \(example)")
            // What follows the feed runs until it is stopped: `timeout` sends SIGTERM to the whole group, as Ctrl-C does.
            let shell = try ChildProcess(
                "/usr/bin/timeout",
                [
                    "3", "/bin/bash", "-euo", "pipefail", "-c",
                    "cd \(directory.path)\n" + example.replacing(":8787", with: ":0"),
                ],
                environment: [
                    "PATH": "\(Self.products):/usr/bin:/bin", "PM_INGEST_URL": exchange.url("rtds"),
                    "PM_GAMMA_URL": exchange.url("gamma"), "PM_DATA_URL": exchange.url("data"),
                    "PM_CLOB_URL": exchange.url("clob"), "PM_INGEST_JOURNAL": nil,
                ])
            let exit = try shell.wait()
            #expect([.status(0), .status(124)].contains(exit), "\(example)\n\(exit) \(shell.errors)")
            for complaint in ["command not found", "error:", "Usage:", "fatal:"] {
                #expect(!shell.errors.contains(complaint), "\(example)\n\(shell.errors)")
            }
        }
    }

    @Test(.timeLimit(.minutes(10)))
    func aBackupCanBeRestored() throws {
        try prepare()
        let blocks = try Self.read("docs/OPERATING.md").split(separator: "```sh\n").dropFirst()
            .map { String($0.prefix(upTo: $0.firstRange(of: "```")?.lowerBound ?? $0.endIndex)) }
        let backup = try #require(blocks.first { $0.contains(".backup") })
        let restore = try #require(blocks.first { $0.contains("cp backup.db") })
        let shell = try ChildProcess(
            "/bin/bash",
            [
                "-euo", "pipefail", "-c",
                """
                cd \(directory.path); mkdir var
                export PM_DATABASE=sqlite:var/polymarket.db PM_ALERT_LEDGER=var/ledger.ndjson
                pm-ingest --replay trades.jsonl | pm-filter | pm-store | pm-alert >/dev/null
                pm-store export > before
                \(backup)
                rm var/polymarket.db; head -c 100 /dev/urandom > var/ledger.ndjson
                \(restore)
                pm-store export > after
                cmp before after; wc -l < after; cmp backup.ndjson var/ledger.ndjson
                """,
            ], environment: ["PATH": "\(Self.products):/usr/bin:/bin"])
        #expect(try shell.wait() == .status(0), "\(shell.errors)")
        #expect((Int(shell.output.filter(\.isNumber)) ?? 0) > 10)
    }

    private static var products: String {
        String((try? Executables.path("pm-filter"))?.dropLast("/pm-filter".count) ?? "")
    }

    /// Creates the files that the examples name.
    private func prepare() throws {
        let recording = try ChildProcess(
            Executables.path("pm-exchange"),
            ["record", "--seed", "1", "--trades", "1000", "--format", "rows"])
        #expect(try recording.wait() == .status(0))
        try directory.write(recording.output, to: "trades.jsonl")
        mkdir(directory.file("secrets"), 0o700)
        for (name, secret) in [
            ("discord", "https://discord.com/api/webhooks/1/token"), ("hook", "https://example.com/hook"),
            ("topic", "123456:token\n-1001234567890:5"),
        ] {
            chmod(try directory.write(secret + "\n", to: "secrets/\(name)"), 0o600)
        }
    }

    /// Returns the examples of a page as a terminal of 80 columns shows them: what is indented twice.
    private static func examples(of page: String) throws -> [String] {
        let mandoc = try ChildProcess(
            Executables.installed("mandoc") ?? "mandoc",
            ["-T", "ascii", "-O", "width=80", "\(Executables.packageRoot)/man/\(page).1"])
        guard try mandoc.wait() == .status(0) else { throw TestFailure(mandoc.errors) }
        // A letter, a backspace and the letter again are bold.
        var text: [Character] = []
        for character in mandoc.output {
            if character == "\u{8}" { text.removeLast() } else { text.append(character) }
        }
        var examples: [String] = []
        var isInside = false
        var isWithin = false
        for line in String(text).split(separator: "\n", omittingEmptySubsequences: false) {
            if !line.hasPrefix(" "), !line.isEmpty { isInside = line == "EXAMPLES" }
            let isCode = isInside && line.hasPrefix("           ")
            if isCode {
                examples.append((isWithin ? examples.removeLast() + "\n" : "") + line)
            }
            isWithin = isCode
        }
        return examples
    }

    private static func read(_ path: String) throws -> String {
        let cat = try ChildProcess("/bin/cat", ["\(Executables.packageRoot)/\(path)"])
        guard try cat.wait() == .status(0) else { throw TestFailure(cat.errors) }
        return cat.output
    }
}
