import ArgumentParser
import PMCommand

@main
struct ExchangeCommand: ParsableCommand {
    static let _errorLabel = "pm-exchange"

    static let configuration = CommandConfiguration(
        commandName: "pm-exchange",
        abstract: "Stand in for Polymarket: its feeds and APIs on one loopback port, from a seed.",
        version: projectVersion,
        subcommands: [ServeCommand.self, RecordCommand.self],
        defaultSubcommand: ServeCommand.self)
}
