import ArgumentParser
import Glibc
import NATS
import PMCommand
import PMPipe
import PMRecord
import Relaying

struct TakeCommand: ParsableCommand {
    static let _errorLabel = "pm-relay"

    static let configuration = CommandConfiguration(
        commandName: "take",
        abstract: "Emit the lines of a stream in order, with marks, as pm-ingest does.",
        discussion: """
            Without a start, the first line that the stream keeps comes first. seq is the number of the line in the \
            stream. For example: pm-relay take enriched --resume <(pm-store cursor) | pm-store
            """)

    @Argument(help: ArgumentHelp("The stream: lower-case letters, digits and -.", valueName: "stream"))
    var stream: RelayStream

    @Option(help: ArgumentHelp("Only this part of the stream, 0/16 to 15/16.", valueName: "part"))
    var part: PartArgument?

    @Option(help: ArgumentHelp("Begin after the line with this number.", valueName: "number"))
    var after: UInt64?

    @Option(
        help: ArgumentHelp(
            "Begin after this stream's cursor in a file, as pm-store cursor or pm-relay cursor prints it.",
            valueName: "file"))
    var resume: String?

    @Option(help: ArgumentHelp("Begin with the lines stored in this time before now.", valueName: "period"))
    var since: Period?

    @Flag(help: "End at the stream's last line instead of waiting for more.")
    var once = false

    @OptionGroup var relay: RelayOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        if [after != nil, resume != nil, since != nil].count(where: { $0 }) > 1 {
            throw ValidationError(
                "only one of --after, --resume and --since can be given; for example --after 1200")
        }
    }

    func run() throws {
        let log = common.log(for: "pm-relay")
        defer { closeLibrary() }
        try run(logging: log) { process throws(StageError) in
            var stage = try TakeStage(
                from: stream, part: part?.partition, start: try start(), follows: !once, in: relay.cluster,
                rejectsPath: common.rejectsPath, log: log)
            let name = "pm-relay-take-\(stream.name)" + (part.map { "-\($0.partition.index)" } ?? "")
            var status = try StatusFile(stage: name, directory: common.statusDirectory, log: log)
            let tally = try stage.run(status: &status)
            try process.settle(tally, isStrict: common.isStrict, rejectsPath: common.rejectsPath)
        }
    }

    private func start() throws(StageError) -> TakeStage.Start {
        if let resume { return .cursors(try cursors(in: resume)) }
        if let since { return .since(Timestamp.now().advanced(by: .zero - since.duration)) }
        return .after(after ?? 0)
    }

    private func cursors(in path: String) throws(StageError) -> [Mark] {
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unable(to: "read the cursors in \(path)") }
        defer { if descriptor != STDIN_FILENO { close(descriptor) } }
        var reader = LineReader(descriptor: descriptor, name: path)
        var marks: [Mark] = []
        while true {
            let arrival = try reader.wait()
            try reader.forEachNumberedLine { (line, number, _) throws(StageError) in
                let text = line.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
                guard let mark = CursorBook.mark(in: text) else {
                    throw StageError(
                        .badData,
                        "\(path), line \(number) is no cursor; a valid one is "
                            + #"{"stream":"trades-18f2","seq":1200,"time":"2026-12-01T00:00:00.000Z"}"#)
                }
                marks.append(mark)
            }
            if arrival == .end { return marks }
        }
    }
}

/// A part of a stream on the command line: `7/16`.
struct PartArgument: ExpressibleByArgument {
    let partition: Partition

    init?(argument: String) {
        let parts = argument.split(separator: "/")
        guard parts.count == 2, let index = Int(parts[0]), Int(parts[1]) == Partition.count,
            let partition = Partition(index)
        else { return nil }
        self.partition = partition
    }
}
