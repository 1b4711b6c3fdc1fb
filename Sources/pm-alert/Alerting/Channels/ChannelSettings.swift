import Curl
import Database

/// The settings that all channels share.
package struct ChannelSettings: Sendable {
    /// True if deliveries may go to loopback and private addresses, and over plain HTTP.
    package var allowPrivate = false
    /// The longest time of one attempt.
    package var timeout = Duration.seconds(15)
    package var limits = ChannelQueue.Limits()
    /// The least time between two messages to one chat of Telegram or Slack, which ask for a second.
    package var chatInterval = Duration.seconds(1)
    /// The sender address of e-mail.
    package var mailFrom = "pm-alert@localhost"
    /// The server that e-mail goes to; `nil` to use ``sendmail``.
    package var mailServer: MailServer?
    /// The path of a program that accepts e-mail as sendmail(8) does.
    package var sendmail = "/usr/sbin/sendmail"
    /// A file with the certificates to trust, in PEM; `nil` for the system's.
    package var certificates: String?

    package init() {}

    func limits(for kind: AlertSetting.Channel) -> ChannelQueue.Limits {
        var limits = limits
        switch kind {
        case .telegram, .slack: limits.interval = chatInterval
        // A program reads every alert of a digest.
        case .command: limits.digestCapacity = 1000
        case .discord, .webhook, .email: break
        }
        return limits
    }

    /// Returns true if delivery runs a program of this machine.
    func runsCommand(for kind: AlertSetting.Channel) -> Bool {
        switch kind {
        case .command: true
        case .email: mailServer == nil
        case .discord, .telegram, .slack, .webhook: false
        }
    }

    /// Returns true if the address is `https`, or plain `http` where private addresses are allowed.
    func allows(_ url: String) -> Bool {
        let scheme = url.prefix { $0 != ":" }.lowercased()
        return scheme == "https" || allowPrivate && scheme == "http"
    }

    /// Makes a request with a JSON body.
    func request(to url: String, _ body: [UInt8], method: HTTPRequest.Method = .post) -> HTTPRequest {
        var request = HTTPRequest(method, url, headers: ["Content-Type": "application/json"], body: body)
        request.connectTimeout = min(.seconds(5), timeout)
        request.timeout = timeout
        request.longestAnswer = 64 << 10
        request.addressPolicy = allowPrivate ? .any : .publicOnly
        return request
    }
}

/// A server that accepts e-mail.
package struct MailServer: Sendable {
    /// `smtp://` or `smtps://`, and a host.
    package var url: String
    package var security = MailRequest.Security.always
    package var user: String?
    /// A secret whose first line is the password; read when it is needed.
    package var passwordFile: String?

    package init(_ url: String) {
        self.url = url
    }
}
