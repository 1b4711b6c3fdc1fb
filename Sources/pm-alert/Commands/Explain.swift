import Alerting
import ArgumentParser
import PMCommand
import PMJSON
import PMPipe
import PMRecord

struct Explain: ParsableCommand {
    static let _errorLabel = "pm-alert"

    static let configuration = CommandConfiguration(
        abstract: "Explain for every trade which rule it meets, and which subscribers get an alert.",
        discussion: """
            Reads records on standard input, and writes one JSON object for every trade, with the decision for each \
            subscriber and channel, and the reason. Delivers nothing, but checks the secret or the program of every \
            channel: channel_fault says why no alert can leave on it.
            """)

    @OptionGroup var subscribers: SubscriberOptions
    @OptionGroup var decisions: DecisionOptions
    @ParentCommand var stage: AlertCommand

    func run() throws {
        try run(logging: stage.log) { _ throws(StageError) in
            var rules = Rules(decisions.rules)
            rules.recipients = try subscribers.source().read().map(Recipient.init)
            let faults = faults(of: rules.recipients)
            var input = LineReader()
            var output = LineWriter()
            while true {
                let arrival = try input.wait()
                input.forEachLine { line, isTooLong in
                    guard !isTooLong, let record = try? Record(line.withUnsafeBufferPointer { Array($0) }),
                        let trade = AlertTrade(record)
                    else { return }
                    let decision = rules.decide(trade, at: .now, clock: .now(), isExplaining: true)
                    output.append(Explanation(decision, faults: faults).line)
                }
                try output.flush()
                if arrival == .end { return }
            }
        }
    }

    /// Returns the channels on which no alert can leave, and logs them.
    private func faults(of recipients: [Recipient]) -> [ChannelAddress: ChannelFault] {
        let settings = stage.delivery.settings
        var faults: [ChannelAddress: ChannelFault] = [:]
        for channel in recipients.flatMap(\.routes).map(\.channel) where faults[channel] == nil {
            guard let fault = ChannelFault(channel, settings) else { continue }
            faults[channel] = fault
            stage.log.warning(.delivery, "\(channel) is broken: \(fault.reason)")
        }
        return faults
    }
}
