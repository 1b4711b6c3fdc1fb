import ArgumentParser
import NATS
import PMCommand
import PMPipe
import Relaying

struct LeaseCommand: ParsableCommand {
    static let _errorLabel = "pm-relay"

    static let configuration = CommandConfiguration(
        commandName: "lease",
        abstract: "Run a command while holding a lease, as flock(1) does on one machine.",
        discussion: """
            The exit status is that of the command. With --of, the command runs once for each lease held, with the \
            lease's number in PM_LEASE, and again when it ends. For example:

              pm-relay lease enrich --of 16 --take 6 -- sh -c \
            'pm-relay take trades --part $PM_LEASE/16 | pm-filter | pm-enrich | pm-relay put enriched --quiet'
            """)

    @Argument(help: ArgumentHelp("The lease's name: lower-case letters, digits and -.", valueName: "name"))
    var name: RelayStream

    @Option(help: ArgumentHelp("The number of leases of this name.", valueName: "number"))
    var of: Int?

    @Option(help: ArgumentHelp("Leases that this process holds at most. (default: all)", valueName: "number"))
    var take: Int?

    @Option(
        help: ArgumentHelp(
            "The time after which a lease is free that its holder does not renew.", valueName: "period"))
    var ttl = Setting.value("PM_RELAY_TTL", default: Period(.seconds(20)))

    @Argument(parsing: .postTerminator, help: "The command and its arguments, after --.")
    var command: [String] = []

    @OptionGroup var relay: RelayOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard !command.isEmpty else {
            throw ValidationError(
                "there is no command; for example: pm-relay lease alert -- pm-alert --ledger l")
        }
        if let of, !(1...1024).contains(of) {
            throw ValidationError("--of must be from 1 to 1024, not \(of); for example --of 16")
        }
        if let take, take < 1 {
            throw ValidationError("--take must be at least 1, not \(take); for example --take 6")
        }
        guard ttl.duration >= .seconds(2) else {
            throw ValidationError("--ttl must be at least 2s, not \(ttl); for example --ttl 20s")
        }
    }

    func run() throws {
        let log = common.log(for: "pm-relay")
        defer { closeLibrary() }
        var status: Int32 = 0
        try run(logging: log) { _ throws(StageError) in
            var holder = LeaseHolder(
                of: name.name, count: of, atMost: take ?? of ?? 1, lifetime: ttl.duration, command: command,
                in: relay.cluster, log: log)
            status = try holder.run()
        }
        if status != 0 { throw ExitCode(status) }
    }
}
