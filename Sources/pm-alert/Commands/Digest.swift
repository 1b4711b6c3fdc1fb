import Alerting
import ArgumentParser
import Database
import PMCommand
import PMPipe
import PMRecord
import Signals

struct Digest: ParsableCommand {
    static let _errorLabel = "pm-alert"

    static let configuration = CommandConfiguration(
        abstract: "Write how the alerts of the last days turned out, in some sentences.",
        discussion: """
            'pm-store grades' has the figures of all groups. With --send, the digest also goes to every channel of every \
            subscriber; the exit status is 69 unless all of them have accepted it.
            """)

    @OptionGroup var subscribers: SubscriberOptions

    @Option(help: ArgumentHelp("The time that the digest covers, up to now.", valueName: "time"))
    var period = Period(.seconds(7 * 86_400))

    @Flag(help: "Send the digest to the subscribers.")
    var send = false

    @OptionGroup var delivery: DeliveryOptions
    @ParentCommand var stage: AlertCommand

    func run() throws {
        let log = stage.log
        try run(logging: log) { _ throws(StageError) in
            protectSecrets()
            let now = Timestamp.now()
            let since = now.advanced(by: .zero - period.duration)
            let store = try subscribers.database.location().makeStore()
            let trades = try attempt { () throws(StoreError) in try store.gradedTrades(since: since) }
            let digest = GradeDigest(grades(of: trades), since: since, until: now)
            var output = LineWriter()
            output.append(digest.text.utf8)
            try output.flush()
            guard send else { return }
            var areAllDelivered = true
            for recipient in try subscribers.source().read().map(Recipient.init) {
                let isDelivered = try SampleAlert.send(
                    digest, to: recipient, delivery.settings, upTo: .seconds(30), log: log)
                areAllDelivered = areAllDelivered && isDelivered
            }
            guard areAllDelivered else {
                throw StageError(.unavailable, "a channel has not accepted the digest")
            }
        }
    }
}
