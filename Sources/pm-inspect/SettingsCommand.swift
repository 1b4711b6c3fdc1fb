import ArgumentParser
import PMCommand

struct SettingsCommand: ParsableCommand {
    static let _errorLabel = "pm-inspect"

    static let configuration = CommandConfiguration(
        commandName: "settings",
        abstract: "Print the environment's unknown settings, one a line.",
        discussion: """
            Each line has the name of a variable that begins with PM_ and that no program reads, a space, and the \
            nearest known name, or -.
            """)

    @Argument(help: "Names to look at. (default: those of the environment)")
    var names: [String] = []

    func run() {
        for (name, nearest) in SettingName.warnings(about: names.isEmpty ? environmentNames() : names) {
            print(name, nearest ?? "-")
        }
    }
}
