import Crypto
import Curl
import PMRecord

/// An e-mail address, through a mail server or a program that accepts mail as sendmail(8) does.
package struct EmailChannel: Channel {
    private let recipient: String
    private let settings: ChannelSettings
    private let login: (user: String, password: String)?

    init(recipient: String, settings: ChannelSettings) throws(ChannelError) {
        self.recipient = recipient
        self.settings = settings
        if let user = settings.mailServer?.user {
            guard let file = settings.mailServer?.passwordFile else {
                throw ChannelError("the mail server's user has no password file")
            }
            login = (user, try readSecrets(file)[0])
        } else {
            login = nil
        }
    }

    package func outgoingMessage(for message: AlertMessage, at clock: Timestamp) -> OutgoingMessage {
        let mail = Mail(message, from: settings.mailFrom, to: recipient, at: clock)
        if let server = settings.mailServer {
            var request = MailRequest(to: server.url, from: settings.mailFrom, for: recipient, mail.bytes)
            request.security = server.security
            request.login = login
            request.connectTimeout = min(.seconds(5), settings.timeout)
            request.timeout = settings.timeout
            return .mail(request)
        }
        return .command(
            CommandInvocation(
                path: settings.sendmail, arguments: ["-i", "--", recipient], input: mail.bytes))
    }

    /// Interprets the reply of the mail server.
    ///
    /// Source: RFC 5321, section 4.2.1; RFC 4954 for the replies to a login.
    static func result(of reply: MailReply) -> AttemptResult {
        let text = plain(reply.text, atMost: 200)
        switch reply.code {
        case 200..<300: return .delivered(reference: nil)
        // The operator can correct the login: the message is retried.
        case 530, 534, 535, 538: return .failed("the mail server rejects the login (\(reply.code))")
        case 500...: return .rejected("the mail server rejects the message (\(reply.code)): \(text)")
        default: return .failed("the mail server defers the message (\(reply.code)): \(text)")
        }
    }

    /// Returns true if the text is a single address that is safe in a header and on a command line.
    package static func isAddress(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        return parts.count == 2 && text.utf8.count <= 254 && !text.hasPrefix("-")
            && parts.allSatisfy { !$0.isEmpty }
            && text.utf8.allSatisfy {
                48...57 ~= $0 || 65...90 ~= $0 || 97...122 ~= $0 || "@.!#$%&'*+/=?^_`{|}~-".utf8.contains($0)
            }
    }
}

/// A message in the form of RFC 5322. No header can contain a line break, and the body is Base 64.
struct Mail {
    let bytes: [UInt8]

    init(_ message: AlertMessage, from: String, to: String, at clock: Timestamp) {
        let host = from.split(separator: "@").last.map(String.init) ?? "localhost"
        let (id, summary, date, text): (String, String, Timestamp, String)
        var references: [String] = []
        switch message.content {
        case .digest(let digest):
            (id, summary, date, text) = (
                digest.id, digest.summary, digest.decidedAt ?? clock, Self.text(digest)
            )
        case .alert(let alert):
            id = alert.revision == 0 ? alert.id : "\(alert.id).\(alert.revision)"
            (summary, date, text) = (alert.message, alert.decidedAt, Self.text(alert))
            // Mail readers show a follow-up below the first message.
            if alert.revision > 0 {
                references = ["In-Reply-To: <\(alert.id)@\(host)>", "References: <\(alert.id)@\(host)>"]
            }
        }
        let subject = (message.preface.map { "\($0): " } ?? "") + summary
        let headers =
            [
                "From: \(from)", "To: \(to)", "Subject: \(encodedWords(subject))",
                "Date: \(mailDate(date))", "Message-ID: <\(id)@\(host)>", "MIME-Version: 1.0",
                "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64",
                "Auto-Submitted: auto-generated",
            ] + references
        bytes = Array((headers.joined(separator: "\n") + "\n\n" + folded(base64(text.utf8)) + "\n").utf8)
    }

    private static func text(_ alert: Alert) -> String {
        let fields = AlertFields(alert).list.map { "\($0.name): \($0.text)" }
        let links = [alert.trade.eventLink, alert.trade.walletLink, alert.trade.transactionLink].compactMap(
            \.self)
        return ([alert.message, ""] + fields + [""] + links + ["", "Alert \(alert.id)", ""]).joined(
            separator: "\n")
    }

    private static func text(_ digest: AlertDigest) -> String {
        ([digest.summary, ""] + digest.largest + ["", "Digest \(digest.id)", ""]).joined(separator: "\n")
    }
}

/// Returns the text as encoded words of at most 75 characters, each on its own line. Source: RFC 2047, section 2.
private func encodedWords(_ text: String) -> String {
    var words: [String] = []
    var piece: [UInt8] = []
    func finish() {
        if !piece.isEmpty { words.append("=?utf-8?B?\(base64(piece))?=") }
        piece = []
    }
    for character in plain(text, atMost: 200) {
        let bytes = Array(String(character).utf8)
        if piece.count + bytes.count > 42 { finish() }
        piece += bytes
    }
    finish()
    return words.joined(separator: "\n ")
}

/// `Sun, 22 Nov 2026 10:00:00 +0000`. Source: RFC 5322, section 3.3.
private func mailDate(_ time: Timestamp) -> String {
    let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]  // 1970-01-01 was a Thursday
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let text = time.description
    let day = Int(time.milliseconds / 86_400_000)
    let month = Int(text.dropFirst(5).prefix(2)) ?? 1
    return "\(days[((day % 7) + 7) % 7]), \(text.dropFirst(8).prefix(2)) \(months[(month + 11) % 12]) "
        + "\(text.prefix(4)) \(text.dropFirst(11).prefix(8)) +0000"
}

/// Returns the text in lines of 76 characters.
private func folded(_ text: String) -> String {
    let bytes = Array(text.utf8)
    return stride(from: 0, to: bytes.count, by: 76).map {
        String(decoding: bytes[$0..<min($0 + 76, bytes.count)], as: UTF8.self)
    }.joined(separator: "\n")
}
