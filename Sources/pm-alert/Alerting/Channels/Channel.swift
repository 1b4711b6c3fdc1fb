import Curl
import PMPipe
import PMRecord

/// A kind of receiver: makes the outgoing message for an alert, and interprets the answer.
package protocol Channel: Sendable {
    /// - Parameter clock: Now, by the wall clock.
    func outgoingMessage(for message: AlertMessage, at clock: Timestamp) -> OutgoingMessage

    /// Interprets the receiver's answer, and updates the channel's state with it.
    mutating func result(of response: HTTPResponse, at clock: Timestamp) -> AttemptResult
}

extension Channel {
    package mutating func result(of response: HTTPResponse, at clock: Timestamp) -> AttemptResult {
        commonResult(of: response, at: clock)
    }
}

/// One attempt to deliver a message, ready to start.
package enum OutgoingMessage: Sendable {
    case request(HTTPRequest)
    case mail(MailRequest)
    case command(CommandInvocation)
}

/// A mistake in a channel's settings. The operator can correct it, so deliveries are retried.
package struct ChannelError: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Makes the channel for an address, and reads the file with its secret.
package func makeChannel(
    _ address: ChannelAddress, _ settings: ChannelSettings
) throws(ChannelError) -> any Channel {
    switch address.kind {
    case .discord:
        return DiscordChannel(url: try secretURL(address.target, settings), settings: settings)
    case .slack:
        return SlackChannel(url: try secretURL(address.target, settings), settings: settings)
    case .webhook:
        let keys = try readSecrets(address.target).dropFirst().map { (text: String) throws(ChannelError) in
            guard let key = SigningKey(text) else {
                throw ChannelError("\(address.target) has a key that is not whsec_ and Base 64")
            }
            return key
        }
        return WebhookChannel(url: try secretURL(address.target, settings), keys: keys, settings: settings)
    case .telegram:
        return try TelegramChannel(secrets: readSecrets(address.target), path: address.target, settings)
    case .email:
        return try EmailChannel(recipient: address.target, settings: settings)
    case .command:
        return CommandChannel(path: address.target)
    }
}

/// Reads the address on the first line of a secret.
private func secretURL(_ path: String, _ settings: ChannelSettings) throws(ChannelError) -> String {
    let url = try readSecrets(path)[0]
    guard settings.allows(url) else { throw ChannelError("\(path) does not hold an https:// address") }
    return url
}

/// Interprets an answer by its status alone.
///
/// - Parameter secret: The address that the request went to, which is hidden in reasons.
///
/// Source: Standard Webhooks: only 2xx is success, 410 asks for no further messages, and 429, 502 and 504 for fewer.
func commonResult(
    of response: HTTPResponse, at clock: Timestamp, hiding secret: String = ""
) -> AttemptResult {
    if let refusal = response.refusal(now: Int(clock.milliseconds / 1000)) {
        return .rateLimited(refusal.retryAfter)
    }
    return switch response.status {
    case 200..<300: .delivered(reference: nil)
    case 410: .closed("the receiver is gone (\(reason(response, hiding: secret)))")
    case 408, 425, 500...: .failed(reason(response, hiding: secret))
    default: .rejected(reason(response, hiding: secret))
    }
}

/// Returns the delay that `Retry-After` asks for, at most 15 minutes; `nil` without the header.
func retryAfter(_ response: HTTPResponse, at clock: Timestamp) -> Duration? {
    RetryAfter.delay(
        header: response.headers["Retry-After"], now: Int(clock.milliseconds / 1000), cap: .seconds(900))
}
