import Crypto
import Curl
import PMJSON
import PMRecord

/// A receiver of our own kind: the alert as JSON, signed, each with an id by which the receiver can tell a repetition.
///
/// A later revision of an alert is a message of its own, `alert.updated`, with an id of its own.
///
/// Source: the Standard Webhooks specification.
package struct WebhookChannel: Channel {
    let url: String
    /// More than one while a receiver changes from one key to the next: every one signs.
    let keys: [SigningKey]
    let settings: ChannelSettings

    package func errand(for parcel: AlertMessage, clock: Timestamp) -> OutgoingMessage {
        let (id, body) = parcel.isDigest ? digest(parcel) : single(parcel)
        var request = settings.post(to: url, body)
        let seconds = String(clock.milliseconds / 1000)
        request.headers.append("webhook-id", id)
        request.headers.append("webhook-timestamp", seconds)
        if !keys.isEmpty {
            let content = Array("\(id).\(seconds).".utf8) + body
            request.headers.append(
                "webhook-signature", keys.map { $0.signature(of: content) }.joined(separator: " "))
        }
        return .request(request)
    }

    private func single(_ parcel: AlertMessage) -> (id: String, body: [UInt8]) {
        let alert = parcel.alert
        let isFirst = alert.revision == 0
        var writer = JSONWriter()
        writer.object { message in
            message.member("type", isFirst ? "alert.created" : "alert.updated")
            message.member("timestamp", alert.decidedAt.description)
            if parcel.isRedelivery { message.member("redelivery", true) }
            message.key("data")
            message.object(alert.writeMembers)
        }
        return (isFirst ? alert.id : "\(alert.id).\(alert.revision)", writer.bytes)
    }

    private func digest(_ parcel: AlertMessage) -> (id: String, body: [UInt8]) {
        let digest = Digest(parcel.alerts)
        var writer = JSONWriter()
        writer.object { message in
            message.member("type", "alert.digest")
            message.member("timestamp", parcel.alert.decidedAt.description)
            if parcel.isRedelivery { message.member("redelivery", true) }
            message.key("data")
            message.object { data in
                data.member(Key.id, digest.id)
                data.member("count", digest.alerts.count)
                data.member(AlertKey.message, digest.summary)
                data.key("largest")
                data.array { list in
                    for sentence in digest.largest { list.string(sentence) }
                }
                data.key("ids")
                data.array { list in
                    // Beyond that the message would be larger than receivers take (20 kB).
                    for alert in digest.alerts.prefix(400) { list.string(alert.id) }
                }
            }
        }
        return (digest.id, writer.bytes)
    }
}

/// A key that webhooks are signed with, as Standard Webhooks writes it: `whsec_` and Base 64.
struct SigningKey: Sendable {
    private let bytes: [UInt8]

    /// - Returns: `nil` for what is no such key, or shorter than 16 bytes.
    init?(_ text: String) {
        let digits = text.hasPrefix("whsec_") ? text.dropFirst("whsec_".count) : text[...]
        guard let bytes = base64Decoded(digits), bytes.count >= 16 else { return nil }
        self.bytes = bytes
    }

    /// `v1,` and the HMAC-SHA-256 in Base 64.
    func signature(of content: [UInt8]) -> String {
        let digest = hmacSHA256(key: bytes, message: content)
        return "v1," + base64((0..<32).map { digest.bytes[$0] })
    }
}
