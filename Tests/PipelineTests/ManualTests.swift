import Foundation
import TestSupport
import Testing

/// The manual pages describe every option, and no other.
struct ManualTests {
    @Test(arguments: ["pm-ingest", "pm-filter", "pm-enrich", "pm-store", "pm-alert"])
    func thePageHasEveryOptionOfTheHelp(stage: String) throws {
        let page = try Self.page(stage)
        let offered = try Self.options(of: stage)
        #expect(!offered.isEmpty)
        let missing = offered.subtracting(["--help", "--version"]).filter {
            !page.contains("Fl -\($0.dropFirst(2))")
        }
        #expect(missing.isEmpty, "man/\(stage).1 does not have \(missing.sorted())")
    }

    @Test(arguments: ["pm-ingest", "pm-filter", "pm-enrich", "pm-store", "pm-alert"])
    func thePageHasOnlyOptionsOfTheHelp(stage: String) throws {
        let offered = try Self.options(of: stage, listedBy: "--help-hidden")
        var described: Set<String> = []
        for line in try Self.page(stage).split(separator: "\n") where line.hasPrefix(".It Fl -") {
            for word in line.split(separator: " ") where word.hasPrefix("-") && word.count > 2 {
                described.insert("-\(word)")
            }
        }
        #expect(
            described.subtracting(offered).isEmpty,
            "man/\(stage).1 has \(described.subtracting(offered).sorted())")
    }

    /// Returns the long options of a stage and of its subcommands.
    private static func options(of stage: String, listedBy flag: String = "--help") throws -> Set<String> {
        let help = try help(stage, [flag])
        var subcommands: [String] = []
        if let list = help.range(of: "SUBCOMMANDS:") {
            for line in help[list.upperBound...].split(separator: "\n")
            where line.hasPrefix("  ") && !line.hasPrefix("   ") {
                subcommands.append(String(line.split(separator: " ")[0]))
            }
        }
        let texts = try [help] + subcommands.map { try Self.help(stage, [$0, flag]) }
        return Set(texts.flatMap(longOptions))
    }

    private static func help(_ stage: String, _ arguments: [String]) throws -> String {
        let process = try ChildProcess(Executables.path(stage), arguments)
        guard try process.wait() == .status(0) else { throw TestFailure(process.errors) }
        return process.output
    }

    /// Returns the long options of a help text. Each group of options has a list of its own.
    private static func longOptions(_ help: String) -> [String] {
        help.split(separator: "\n").compactMap { line in
            guard line.hasPrefix("  -") else { return nil }
            return line.split(whereSeparator: { " ,/<[".contains($0) }).map(String.init).first {
                $0.hasPrefix("--")
            }
        }
    }

    private static func page(_ stage: String) throws -> String {
        let cat = try ChildProcess("/bin/cat", ["\(Executables.packageRoot)/man/\(stage).1"])
        guard try cat.wait() == .status(0) else { throw TestFailure(cat.errors) }
        return cat.output
    }
}
