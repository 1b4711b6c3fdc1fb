import Crypto
import Curl
import PMJSON
import PMRecord

/// A webhook: the alert as signed JSON, with an id by which the receiver can recognise a repeated message.
///
/// A follow-up is a message of type `alert.updated`, with an id of its own.
///
/// Source: the Standard Webhooks specification.
struct WebhookChannel: Channel {
    let url: String
    /// The signing keys. There are two while a receiver changes its key, and each of them signs.
    let keys: [SigningKey]
    let settings: ChannelSettings

    func outgoingMessage(for message: AlertMessage, at clock: Timestamp) -> OutgoingMessage {
        let (id, body) =
            switch message.content {
            case .alert(let alert): single(alert, isRedelivery: message.isRedelivery)
            case .digest(let digest): several(digest, isRedelivery: message.isRedelivery, at: clock)
            }
        var request = settings.request(to: url, body)
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

    func result(of response: HTTPResponse, at clock: Timestamp) -> AttemptResult {
        commonResult(of: response, at: clock, hiding: url)
    }

    private func single(_ alert: Alert, isRedelivery: Bool) -> (id: String, body: [UInt8]) {
        let isFirst = alert.revision == 0
        var writer = JSONWriter()
        writer.object { payload in
            payload.member("type", isFirst ? "alert.created" : "alert.updated")
            payload.member("timestamp", alert.decidedAt.description)
            if isRedelivery { payload.member("redelivery", true) }
            payload.key("data")
            payload.object(alert.writeMembers)
        }
        return (isFirst ? alert.id : "\(alert.id).\(alert.revision)", writer.bytes)
    }

    private func several(
        _ digest: AlertDigest, isRedelivery: Bool, at clock: Timestamp
    ) -> (id: String, body: [UInt8]) {
        var writer = JSONWriter()
        writer.object { payload in
            payload.member("type", "alert.digest")
            payload.member("timestamp", (digest.decidedAt ?? clock).description)
            if isRedelivery { payload.member("redelivery", true) }
            payload.key("data")
            payload.object { data in
                data.member(Key.id, digest.id)
                data.member("count", digest.count)
                data.member(Key.message, digest.summary)
                data.key("largest")
                data.array { list in
                    for sentence in digest.largest { list.string(sentence) }
                }
                data.key("ids")
                data.array { list in
                    // More ids would make the message larger than receivers accept (20 kB).
                    for alert in digest.references.prefix(400) { list.string(alert.id.description) }
                }
            }
        }
        return (digest.id, writer.bytes)
    }
}

/// A signing key in the form of Standard Webhooks: `whsec_` and Base 64.
struct SigningKey: Sendable {
    private let bytes: [UInt8]

    /// - Returns: `nil` for a text of another form, and for a key of less than 16 bytes.
    init?(_ text: String) {
        let digits = text.hasPrefix("whsec_") ? text.dropFirst("whsec_".count) : text[...]
        guard let bytes = base64Decoded(digits), bytes.count >= 16 else { return nil }
        self.bytes = bytes
    }

    /// Returns `v1,` and the HMAC-SHA-256 in Base 64.
    func signature(of content: [UInt8]) -> String {
        let digest = hmacSHA256(key: bytes, message: content)
        return "v1," + base64((0..<32).map { digest.bytes[$0] })
    }
}
