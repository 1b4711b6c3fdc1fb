import Database
import Glibc
import Curl
import PMJSON
import PMPipe
import PMRecord

/// A way to tell people: makes the errand that tells a message, and understands the answer.
package protocol Channel: Sendable {
    /// - Parameters:
    ///   - parcel: The alert or alerts, and the message that is to be edited, if the receiver has one.
    ///   - clock: Now, by the wall clock.
    func errand(for parcel: AlertMessage, clock: Timestamp) -> OutgoingMessage

    /// What the receiver's answer means. The channel may learn from it.
    mutating func reply(to response: HTTPResponse, clock: Timestamp) -> Reply
}

extension Channel {
    package mutating func reply(to response: HTTPResponse, clock: Timestamp) -> Reply {
        commonReply(to: response, clock: clock)
    }
}

/// What is to be done to tell a message.
package enum OutgoingMessage: Sendable {
    case request(HTTPRequest)
    case program(Program)
    case mail(MailRequest)
}

/// What all channels need to know.
package struct ChannelSettings: Sendable {
    /// Whether deliveries may go to loopback and private addresses, and over plain HTTP.
    package var allowPrivate = false
    /// How long one attempt may take.
    package var timeout = Duration.seconds(15)
    /// Queues, attempts and pauses.
    package var limits = ChannelQueue.Limits()
    /// The least time between two messages to one chat of Telegram or Slack, which ask for a second.
    package var chatInterval = Duration.seconds(1)
    /// Whom our mail is from.
    package var mailFrom = "pm-alert@localhost"
    /// The server that takes mail; without one, the program does.
    package var mailServer: MailServer?
    /// The program that takes mail, as sendmail(8) does.
    package var sendmail = "/usr/sbin/sendmail"
    /// Certificates to trust, in PEM; `nil` for those of the system.
    package var certificates: String?

    package init() {}

    func limits(for kind: AlertSetting.Channel) -> ChannelQueue.Limits {
        var limits = limits
        switch kind {
        case .telegram, .slack: limits.interval = chatInterval
        case .discord, .webhook, .email, .command: break
        }
        return limits
    }

    /// A request that a channel fills in.
    func post(to url: String, _ body: [UInt8], method: HTTPRequest.Method = .post) -> HTTPRequest {
        var request = HTTPRequest(method, url, headers: ["Content-Type": "application/json"], body: body)
        request.connectTimeout = min(.seconds(5), timeout)
        request.timeout = timeout
        request.longestAnswer = 64 << 10
        request.addressPolicy = allowPrivate ? .any : .publicOnly
        return request
    }
}

/// A server that takes mail.
package struct MailServer: Sendable {
    /// `smtp://` or `smtps://`, and a host.
    package var url: String
    package var security = MailRequest.Security.always
    package var user: String?
    /// Its first line is the password; read when it is needed.
    package var passwordFile: String?

    package init(_ url: String) {
        self.url = url
    }
}

/// Why a channel cannot be used as it is set up. The operator can mend it, so deliveries wait.
package struct ChannelError: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Makes the channel behind an address; reads the file that holds its secret.
package func makeChannel(
    _ address: ChannelAddress, _ settings: ChannelSettings
) throws(ChannelError) -> any Channel {
    switch address.kind {
    case .discord:
        return DiscordChannel(url: try secretURL(address.target, settings), settings: settings)
    case .slack:
        return SlackChannel(url: try secretURL(address.target, settings), settings: settings)
    case .webhook:
        let keys = try secrets(in: address.target).dropFirst().map { (text: String) throws(ChannelError) in
            guard let key = SigningKey(text) else {
                throw ChannelError("\(address.target) holds a key that is not whsec_ and Base 64")
            }
            return key
        }
        return WebhookChannel(url: try secretURL(address.target, settings), keys: keys, settings: settings)
    case .telegram:
        return try TelegramChannel(secrets: secrets(in: address.target), file: address.target, settings)
    case .email:
        return try EmailChannel(recipient: address.target, settings: settings)
    case .command:
        return CommandChannel(path: address.target)
    }
}

/// The lines of a file, or of a variable as `env:NAME`, which are secrets: white space and empty lines left out.
func secrets(in path: String) throws(ChannelError) -> [String] {
    let text: String
    if path.hasPrefix(environmentPrefix) {
        guard let value = getenv(String(path.dropFirst(environmentPrefix.count))) else {
            throw ChannelError("\(path) is not set")
        }
        text = String(cString: value)
    } else {
        do throws(StageError) {
            text = try readSmallFile(path)
        } catch {
            throw ChannelError(error.message ?? "unable to read \(path)")
        }
    }
    let lines = text.split(whereSeparator: \.isNewline).map { $0.filter { !$0.isWhitespace } }.filter {
        !$0.isEmpty
    }
    guard !lines.isEmpty else { throw ChannelError("\(path) is empty") }
    return lines
}

/// What a secret's place begins with when it is a variable of the environment.
package let environmentPrefix = "env:"

/// The address on a file's first line.
private func secretURL(_ path: String, _ settings: ChannelSettings) throws(ChannelError) -> String {
    let url = try secrets(in: path)[0]
    guard isAllowed(url, settings) else { throw ChannelError("\(path) does not hold an https:// address") }
    return url
}

/// `https`, and plain `http` only where private addresses are allowed.
func isAllowed(_ url: String, _ settings: ChannelSettings) -> Bool {
    let scheme = url.prefix { $0 != ":" }.lowercased()
    return scheme == "https" || settings.allowPrivate && scheme == "http"
}

/// What an answer's status means where the channel knows nothing better.
///
/// Source: Standard Webhooks: success is 2xx alone, 410 asks to be left in peace, 429, 502 and 504 for less.
func commonReply(to response: HTTPResponse, reference: String? = nil, clock: Timestamp) -> Reply {
    switch response.status {
    case 200..<300: .delivered(reference: reference)
    case 410: .closed("the receiver is gone (HTTP 410)")
    case 429, 503: .limited(retryAfter(response, clock))
    case 408, 425, 500...: .failed("HTTP \(response.status)")
    default: .refused("HTTP \(response.status)")
    }
}

/// What the answer's `Retry-After` asks for; `nil` when it does not say.
func retryAfter(_ response: HTTPResponse, _ clock: Timestamp) -> Duration? {
    RetryAfter.delay(
        header: response.headers["Retry-After"], now: Int(clock.milliseconds / 1000), cap: .seconds(900))
}
