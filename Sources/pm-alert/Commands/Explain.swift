import Alerting
import ArgumentParser
import PMCommand
import PMJSON
import PMPipe
import PMRecord

struct Explain: ParsableCommand {
    static let _errorLabel = "pm-alert"

    static let configuration = CommandConfiguration(
        abstract: "Say of every trade which rule it meets, or why none, and who is told.",
        discussion: """
            Reads records on standard input and writes one JSON object for every trade. Nobody is told anything.
            """)

    @OptionGroup var database: DatabaseOption
    @ParentCommand var stage: AlertCommand

    func run() throws {
        try run(logging: stage.log) { _ throws(StageError) in
            let recipients = try database.recipients()
            var input = LineReader()
            var output = LineWriter()
            while true {
                let arrival = try input.wait()
                input.forEachLine { line, isTooLong in
                    guard !isTooLong, let record = try? Record(line.withUnsafeBufferPointer { Array($0) }),
                        let trade = AlertTrade(record)
                    else { return }
                    output.append(Explanation(trade, for: recipients).line)
                }
                try output.flush()
                if arrival == .end { return }
            }
        }
    }
}
