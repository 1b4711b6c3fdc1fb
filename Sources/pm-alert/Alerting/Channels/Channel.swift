import HTTP
import PMJSON
import PMPipe
import PMRecord

/// A way to tell people: makes the request that tells an alert, and understands the answer.
package protocol Channel: Sendable {
    /// - Parameters:
    ///   - parcel: The alert, and the message that it edits, if the receiver has one.
    ///   - clock: Now, by the wall clock.
    func request(for parcel: Parcel, clock: Timestamp) -> HTTPRequest

    /// What the receiver's answer means.
    func reply(to response: HTTPResponse, clock: Timestamp) -> Reply
}

/// What all channels need to know.
package struct ChannelSettings: Sendable {
    /// Whether deliveries may go to loopback and private addresses, and over plain HTTP.
    package var allowPrivate = false
    /// How long one attempt may take.
    package var timeout = Duration.seconds(15)

    package init() {}

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
        DiscordChannel(url: try webhookURL(in: address.target, settings), settings: settings)
    case .webhook:
        WebhookChannel(url: try webhookURL(in: address.target, settings), settings: settings)
    case .telegram, .slack, .email, .command:
        throw ChannelError("\(address.kind.rawValue) is not supported yet")
    }
}

/// The first line of a file, which is a secret.
func secret(in path: String) throws(ChannelError) -> String {
    let text: String
    do throws(StageError) {
        text = try readSmallFile(path)
    } catch {
        throw ChannelError(error.message ?? "unable to read \(path)")
    }
    guard let line = text.split(whereSeparator: \.isNewline).first.map({ $0.filter { !$0.isWhitespace } }),
        !line.isEmpty
    else { throw ChannelError("\(path) is empty") }
    return line
}

/// A webhook's address: `https`, and plain `http` only where private addresses are allowed.
private func webhookURL(in path: String, _ settings: ChannelSettings) throws(ChannelError) -> String {
    let url = try secret(in: path)
    let scheme = url.prefix { $0 != ":" }.lowercased()
    guard scheme == "https" || settings.allowPrivate && scheme == "http" else {
        throw ChannelError("\(path) does not hold an https:// address")
    }
    return url
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
