import Alerting
import ArgumentParser
import PMCommand
import PMPipe

struct Test: ParsableCommand {
    static let _errorLabel = "pm-alert"

    static let configuration = CommandConfiguration(
        abstract: "Send a sample alert to all channels of a subscriber.",
        discussion: """
            Makes one attempt on each channel, and writes the alert's record with the results. Exits with status 69 \
            unless every channel has accepted the alert.
            """)

    @OptionGroup var subscribers: SubscriberOptions

    @Option(help: ArgumentHelp("Name of the subscriber.", valueName: "name"))
    var subscriber: String

    @OptionGroup var delivery: DeliveryOptions
    @ParentCommand var stage: AlertCommand

    func run() throws {
        let log = stage.log
        try run(logging: log) { _ throws(StageError) in
            protectSecrets()
            let all = try subscribers.source().read().map(Recipient.init)
            guard let recipient = all.first(where: { $0.name == subscriber }) else {
                throw StageError(.usage, "no subscriber is named \(subscriber)")
            }
            var settings = delivery.settings
            // A failure is the answer to the test: a message without time is given up at the first one.
            settings.limits.age = .zero
            let (record, isDelivered) = try SampleAlert.send(
                to: recipient, settings, upTo: .seconds(30), log: log)
            var output = LineWriter()
            output.append(record)
            try output.flush()
            guard isDelivered else {
                throw StageError(.unavailable, "a channel has not accepted the sample alert")
            }
        }
    }
}
