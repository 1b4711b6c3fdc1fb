import ArgumentParser
import Database
import Glibc
import Inspection
import PMCommand
import PMPipe
import PMRecord

struct TopCommand: ParsableCommand {
    static let _errorLabel = "pm-inspect"

    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Show the state of the stages, refreshed in place. q leaves.",
        discussion: """
            Reads the status files in PM_STATUS_DIR, the database for the time from the exchange to the commit, and \
            the page at PM_LIVE for the time to the screen.
            """)

    @Option(help: ArgumentHelp("Time between two frames.", valueName: "time"))
    var interval = Period(.seconds(1))

    func run() throws {
        try run(logging: StageLog(stage: "pm-inspect")) { _ throws(StageError) in
            guard let directory = Setting.text("PM_STATUS_DIR") else {
                throw StageError(.usage, "PM_STATUS_DIR is not set; pipeline.sh top sets it")
            }
            // The signal of a new size ends the wait for a key, and the next frame has the new size.
            signal(SIGWINCH) { _ in }
            let surveyor = Surveyor(statusDirectory: directory, live: Setting.text("PM_LIVE"))
            let terminal = try Terminal()
            var earlier: [StageStatus] = []
            while true {
                let stages = StageStatus.stages.compactMap { StageStatus(of: $0, in: directory) }
                let size = terminal.size
                let frame = TopFrame(at: .now(), stages, after: earlier, surveyor.survey(at: .now))
                terminal.show(frame.lines(width: size.width, height: size.height))
                earlier = stages
                if let key = terminal.key(within: interval.duration), [UInt8(ascii: "q"), 3, 4].contains(key)
                {
                    return
                }
            }
        }
    }
}
