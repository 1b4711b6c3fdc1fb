import ArgumentParser
import PMCommand

struct GradeCommand: ParsableCommand {
    static let _errorLabel = "pm-enrich"

    static let configuration = CommandConfiguration(
        commandName: "grade",
        abstract: "Emit how each trade turned out: the later prices of its outcome, and the settlement.",
        discussion: """
            Reads the trades of 'pm-store ungraded' on standard input, and emits an outcome record for each of which \
            something new is known by now, and the resolutions of their markets. Options precede the subcommand: \
            'pm-store ungraded | pm-enrich --state DIR grade | pm-store --quiet'.
            """)

    @ParentCommand var stage: EnrichCommand

    func run() throws { try stage.run(grading: .only) }
}
