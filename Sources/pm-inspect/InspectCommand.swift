import ArgumentParser
import PMCommand

@main
struct InspectCommand: Program {
    static let _errorLabel = "pm-inspect"

    static let configuration = CommandConfiguration(
        commandName: "pm-inspect",
        abstract: "Look at a pipeline: its settings, its state, its records.",
        discussion: """
            scripts/pipeline.sh calls it with the settings of the pipeline. It changes nothing.
            """,
        version: projectVersion,
        subcommands: [
            TopCommand.self, WhyCommand.self, CompareCommand.self, ProbeCommand.self, SettingsCommand.self,
        ])
}
