import HTTP
import PMJSON
import PMRecord

/// A receiver of our own kind: the alert as JSON, each with an id by which the receiver can tell a repetition.
///
/// A later revision of an alert is a message of its own, `alert.updated`, with an id of its own.
package struct WebhookChannel: Channel {
    let url: String
    let settings: ChannelSettings

    package func request(for parcel: Parcel, clock: Timestamp) -> HTTPRequest {
        let alert = parcel.alert
        var writer = JSONWriter()
        writer.object { message in
            message.member("type", alert.revision == 0 ? "alert.created" : "alert.updated")
            message.member("timestamp", alert.decidedAt.description)
            message.key("data")
            message.object(alert.writeMembers)
        }
        var request = settings.post(to: url, writer.bytes)
        request.headers.append("webhook-id", alert.revision == 0 ? alert.id : "\(alert.id).\(alert.revision)")
        request.headers.append("webhook-timestamp", String(clock.milliseconds / 1000))
        return request
    }

    package func reply(to response: HTTPResponse, clock: Timestamp) -> Reply {
        commonReply(to: response, clock: clock)
    }
}
