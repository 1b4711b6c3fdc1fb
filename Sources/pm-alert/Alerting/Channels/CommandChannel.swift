import PMJSON
import PMRecord

/// A program of the subscriber's: the alert as JSON on its standard input, one run each.
///
/// Exit status 0 says that it has taken it; whatever else it ends with, it is run again later.
package struct CommandChannel: Channel {
    let path: String

    package func errand(for parcel: AlertMessage, clock: Timestamp) -> OutgoingMessage {
        let lines = parcel.alerts.map { alert in
            var writer = JSONWriter()
            writer.object { record in
                alert.writeMembers(into: &record)
                if parcel.isRedelivery { record.member("redelivery", true) }
            }
            return writer.bytes + [UInt8(ascii: "\n")]
        }
        return .program(Program(path: path, arguments: [], input: Array(lines.joined())))
    }
}
