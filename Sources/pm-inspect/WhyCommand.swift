import ArgumentParser
import Database
import Glibc
import Inspection
import PMCommand
import PMJSON
import PMPipe

struct WhyCommand: ParsableCommand {
    static let _errorLabel = "pm-inspect"

    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract: "Print the story of one trade: journal, store and outbox, with its times.",
        discussion: """
            Reads the journal, the database and the outbox of a run. pipeline.sh why adds the verdict of pm-filter.
            """)

    @Option(help: ArgumentHelp("The journal of the run.", valueName: "directory"))
    var journal: String?

    @Option(help: ArgumentHelp("A verdict of pm-filter to print.", valueName: "text"))
    var verdict: String?

    @Flag(help: "Print only the journaled line.")
    var lineOnly = false

    @Argument(help: ArgumentHelp("The trade's id: 32 hex digits.", valueName: "id"))
    var id: String

    func validate() throws {
        guard id.count == 32, id.allSatisfy({ $0.isHexDigit && !$0.isUppercase }) else {
            throw ValidationError(
                "'\(id)' is no id of a trade; for example: f663e225391dda577123f421285a1be9")
        }
    }

    func run() throws {
        try run(logging: StageLog(stage: "pm-inspect")) { _ throws(StageError) in
            var story = TradeStory(of: id)
            if let journal {
                for segment in segments(in: journal) {
                    try forEachLine(of: segment) { line in
                        let bytes = line.withUnsafeBufferPointer { Array($0) }
                        if bytes.contains(id.utf8) { story.addJournaled(bytes) }
                    }
                }
            }
            var output = LineWriter()
            if lineOnly {
                if let line = story.line { output.append(line) }
                return try output.flush()
            }
            if let verdict { story.addVerdict(verdict) }
            let location = try DatabaseLocation.resolve(nil, environment: Setting.text)
            if let stored = try ReadOnlyDatabase(location).trade(id) {
                story.addStored(stored.record, at: stored.storedAt)
            }
            if let outbox = Setting.text("PM_ALERT_LEDGER"), access(outbox, R_OK) == 0 {
                try forEachLine(of: outbox) { line in
                    if let entry = try? JSON(line) { story.addOutbox(entry) }
                }
            }
            guard !story.isEmpty else {
                throw StageError(
                    .noInput,
                    "trade \(id) is neither in the journal nor in the database: never received, or pruned")
            }
            for line in story.lines { output.append(line.utf8) }
            try output.flush()
        }
    }

    private func segments(in directory: String) -> [String] {
        guard let handle = opendir(directory) else { return [] }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = Glibc.readdir(handle) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        return names.filter { $0.hasSuffix(".ndjson") }.sorted().map { "\(directory)/\($0)" }
    }
}
