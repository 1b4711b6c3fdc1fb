import ArgumentParser
import Glibc
import Inspection
import PMCommand
import PMJSON
import PMPipe

struct CompareCommand: ParsableCommand {
    static let _errorLabel = "pm-inspect"

    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Compare the alerts of several sets of thresholds.",
        discussion: """
            Each argument is NAME=FILE, with a file of pm-alert's output. pipeline.sh replay FILE --rules A --rules B \
            makes these files.
            """)

    @Option(help: ArgumentHelp("Also draw the alerts by hour in this SVG file.", valueName: "file"))
    var svg: String?

    @Argument(help: ArgumentHelp("A name, =, and a file of alert records.", valueName: "name=file"))
    var sets: [String]

    func run() throws {
        let parts = try sets.map { set in
            let parts = set.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else {
                throw ValidationError("'\(set)' is no set; for example: now=alerts.ndjson")
            }
            return parts
        }
        try run(logging: StageLog(stage: "pm-inspect")) { _ throws(StageError) in
            var comparison = RuleComparison(names: parts.map { $0[0] })
            for (index, part) in parts.enumerated() {
                try forEachLine(of: part[1]) { line in
                    if let json = try? JSON(line) { comparison.add(json, of: index) }
                }
            }
            var output = LineWriter()
            for line in comparison.table() { output.append(line.utf8) }
            try output.flush()
            guard let svg else { return }
            let descriptor = open(svg, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else { throw .unableToCreate(svg) }
            defer { close(descriptor) }
            var picture = LineWriter(descriptor: descriptor, name: svg)
            picture.append(raw: Array(ComparisonChart(comparison).svg.utf8))
            try picture.flush()
        }
    }
}

/// Calls `body` with each line of a file.
func forEachLine(of path: String, _ body: (Span<UInt8>) -> Void) throws(StageError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unableToOpen(path) }
    defer { close(descriptor) }
    var reader = LineReader(descriptor: descriptor, name: path)
    while true {
        let arrival = try reader.wait()
        reader.forEachLine { line, _ in body(line) }
        if arrival == .end { return }
    }
}
