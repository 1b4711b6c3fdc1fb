import PMJSON
import PMRecord

/// A program of the subscriber, which gets the alert as a line of JSON on its standard input.
///
/// Exit status 0 acknowledges the alert. After any other end, the program is run again later.
struct CommandChannel: Channel {
    let path: String

    func outgoingMessage(for message: AlertMessage, at clock: Timestamp) -> OutgoingMessage {
        let alerts =
            switch message.content {
            case .alert(let alert): [alert]
            case .digest(let digest): digest.alerts
            }
        let lines = alerts.map { alert in
            var writer = JSONWriter()
            writer.object { record in
                alert.writeMembers(into: &record)
                if message.isRedelivery { record.member("redelivery", true) }
            }
            return writer.bytes + [UInt8(ascii: "\n")]
        }
        return .command(CommandInvocation(path: path, arguments: [], input: Array(lines.joined())))
    }
}
