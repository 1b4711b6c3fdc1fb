import Alerting
import ArgumentParser
import PMCommand
import PMPipe

struct Test: ParsableCommand {
    static let _errorLabel = "pm-alert"

    static let configuration = CommandConfiguration(
        abstract: "Send a sample to all channels of a subscriber.",
        discussion: """
            Writes the alert's record, with what became of it on each channel. Exits with status 69 when one has not \
            taken it.
            """)

    @OptionGroup var subscribers: SubscriberOptions

    @Option(help: ArgumentHelp("Who gets it.", valueName: "name"))
    var subscriber: String

    @OptionGroup var delivery: DeliveryOptions
    @ParentCommand var stage: AlertCommand

    func run() throws {
        let log = stage.log
        try run(logging: log) { _ throws(StageError) in
            protectSecrets()
            let all = try subscribers.source().read().map(Recipient.init)
            guard let recipient = all.first(where: { $0.name == subscriber }) else {
                throw StageError(.usage, "nobody subscribes as \(subscriber)")
            }
            let (record, isDelivered) = try Sample.send(
                to: recipient, delivery.settings, upTo: .seconds(30), log: log)
            var output = LineWriter()
            output.append(record)
            try output.flush()
            guard isDelivered else { throw StageError(.unavailable, "a channel has not taken the sample") }
        }
    }
}
