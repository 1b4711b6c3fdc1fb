import ArgumentParser
import NATS
import PMCommand
import PMPipe
import Relaying

struct CursorCommand: ParsableCommand {
    static let _errorLabel = "pm-relay"

    static let configuration = CommandConfiguration(
        commandName: "cursor",
        abstract:
            "Print the last mark of each source of a stream, one object a line; nothing where there is none.",
        discussion: """
            Everything before the mark is stored in the cluster. For example, on an ingest host: \
            pm-ingest --journal j --after "$(pm-relay cursor trades | jq -s 'map(select(.stream == $s).seq)[0] // 0' \
            --arg s "$(cat j/stream)")" | pm-relay put trades
            """)

    @Argument(help: ArgumentHelp("The stream: lower-case letters, digits and -.", valueName: "stream"))
    var stream: RelayStream

    @OptionGroup var relay: RelayOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        let log = common.log(for: "pm-relay")
        defer { closeLibrary() }
        try run(logging: log) { _ throws(StageError) in
            var output = LineWriter()
            for mark in try readCursors(of: stream, in: relay.cluster, log: log) {
                output.append(CursorBook.line(mark).utf8)
            }
            try output.flush()
        }
    }
}
