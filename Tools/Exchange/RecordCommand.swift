import ArgumentParser
import Exchange
import PMPipe

struct RecordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Print the recording of a client: the same bytes for the same seed.")

    @Option(help: ArgumentHelp("The seed of the world.", valueName: "number"))
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("How many trades.", valueName: "rows"))
    var trades = 1_000

    @Option(help: ArgumentHelp("Trades a second of the recorded clock.", valueName: "rows"))
    var rate = 50.0

    @Option(help: ArgumentHelp("Wallets that trade.", valueName: "count"))
    var wallets = 400

    @Option(help: ArgumentHelp("Form of the lines: frames, rtds, market or rows.", valueName: "format"))
    var format = Recording.Format.frames

    func run() throws {
        var options = World.Options()
        (options.seed, options.wallets) = (seed, wallets)
        var output = LineWriter()
        let status = StageProcess(StageLog(stage: "pm-exchange")).run { () throws(StageError) in
            for line in Recording(options, trades: trades, rate: rate, format: format) {
                output.append(line)
                if output.count > 1 << 16 { try output.flush() }
            }
            try output.flush()
        }
        if status != .ok { throw ExitCode(status.rawValue) }
    }
}

extension Recording.Format: ExpressibleByArgument {}
