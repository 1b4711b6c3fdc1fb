import ArgumentParser
import NATS
import PMCommand
import PMPipe
import Relaying

struct PutCommand: ParsableCommand {
    static let _errorLabel = "pm-relay"

    static let configuration = CommandConfiguration(
        commandName: "put",
        abstract: "Publish each line of the input to a stream, and emit it once the cluster has stored it.",
        discussion: """
            A line that the stream has already, from this host or from another, is not stored again. Marks are not \
            published: they raise the cursor of their source.
            """)

    @Argument(help: ArgumentHelp("The stream: lower-case letters, digits and -.", valueName: "stream"))
    var stream: RelayStream

    @Option(
        help: ArgumentHelp("The time for which a stream that is made keeps its lines.", valueName: "period"))
    var keep = Setting.value("PM_RELAY_KEEP", default: Period(.seconds(7 * 86_400)))

    @Flag(help: "Emit nothing.")
    var quiet = Setting.flag("PM_RELAY_QUIET")

    @OptionGroup var relay: RelayOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        let log = common.log(for: "pm-relay")
        defer { closeLibrary() }
        try run(logging: log) { process throws(StageError) in
            var stage = try PutStage(
                to: stream, in: relay.cluster, keep: keep.duration, isQuiet: quiet,
                rejectsPath: common.rejectsPath, log: log)
            var status = try StatusFile(
                stage: "pm-relay-put-\(stream.name)", directory: common.statusDirectory, log: log)
            let tally = try stage.run(status: &status)
            try process.settle(tally, isStrict: common.isStrict, rejectsPath: common.rejectsPath)
        }
    }
}
