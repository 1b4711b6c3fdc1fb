import ArgumentParser
import PMCommand
import PMPipe

@main
struct RelayCommand: ParsableCommand {
    static let _errorLabel = "pm-relay"

    static let configuration = CommandConfiguration(
        commandName: "pm-relay",
        abstract: "Pass records between machines through a cluster of NATS servers.",
        discussion: """
            put stores lines in a stream of the cluster, take reads them on any machine, cursor prints how far put \
            came, and lease runs a command on one machine at a time. A single machine needs none of them.

            """
                + exitStatusHelp([
                    (.ok, "the input ended, or the reader of the output closed it"),
                    (.usage, "bad usage"),
                    (.badData, "a line was rejected, and --strict was given"),
                    (.unavailable, "the cluster stayed unavailable"),
                    (.inputOutput, "a read or write failed"),
                    (.tryAgain, "stopped by a signal before the end of input, or the lease was lost"),
                    (.configuration, "the cluster rejects the login, or its stream has lost lines"),
                ]),
        version: projectVersion,
        subcommands: [PutCommand.self, TakeCommand.self, CursorCommand.self, LeaseCommand.self])
}
