import Curl
import PMJSON
import PMRecord

/// A Telegram chat, through a bot.
///
/// Its file has the bot's token on the first line and the chat's id on the second; a third may name another server.
///
/// Source: Telegram's Bot API, and its FAQ on limits: a message a second to one chat.
package struct TelegramChannel: Channel {
    private let base: String
    private var chat: String
    private let settings: ChannelSettings

    init(secrets: [String], file: String, _ settings: ChannelSettings) throws(ChannelError) {
        guard secrets.count >= 2 else { throw ChannelError("\(file) needs a bot's token and a chat's id") }
        let server = secrets.count > 2 ? secrets[2] : "https://api.telegram.org"
        guard isAllowed(server, settings) else {
            throw ChannelError("\(file) names a server without https://")
        }
        guard secrets[0].utf8.allSatisfy(isTokenByte) else {
            throw ChannelError("\(file) does not hold a bot's token")
        }
        base = "\(server)/bot\(secrets[0])"
        chat = secrets[1]
        self.settings = settings
    }

    package func errand(for parcel: AlertMessage, clock: Timestamp) -> OutgoingMessage {
        var writer = JSONWriter()
        writer.object { message in
            message.member("chat_id", chat)
            if let edits = parcel.edits { message.member("message_id", Int(edits)) }
            message.member("text", parcel.isDigest ? Self.digest(parcel.alerts) : Self.text(parcel))
            message.member("parse_mode", "HTML")
            message.key("link_preview_options")
            message.object { $0.member("is_disabled", true) }
        }
        let method = parcel.edits == nil ? "sendMessage" : "editMessageText"
        return .request(settings.post(to: "\(base)/\(method)", writer.bytes))
    }

    package mutating func reply(to response: HTTPResponse, clock: Timestamp) -> Reply {
        let body = try? JSON(response.body)
        let parameters = body?["parameters"]
        switch response.status {
        case 200..<300:
            return .delivered(reference: body?["result"]?["message_id"]?.integer.map(String.init))
        case 400:
            // A group that has become a supergroup has another id.
            if let moved = parameters?["migrate_to_chat_id"]?.numberText {
                chat = moved
                return .failed("the chat has moved")
            }
            let words = body?["description"]?.string
            // An edit that changes nothing: it has been made already.
            if words?.contains("message is not modified") ?? false { return .delivered(reference: nil) }
            if words?.contains("message to edit not found") ?? false { return .vanished }
            return .refused(words.map { plain($0, atMost: 200) } ?? "HTTP 400")
        case 401, 403, 404:
            return .closed("the bot or the chat is shut to us (HTTP \(response.status))")
        case 429:
            let asked = parameters?["retry_after"]?.double.map { Duration.seconds(min(max($0, 0), 900)) }
            return .limited([asked, retryAfter(response, clock)].compactMap(\.self).max())
        default:
            return commonReply(to: response, clock: clock)
        }
    }

    private static func text(_ parcel: AlertMessage) -> String {
        let (alert, trade) = (parcel.alert, parcel.alert.trade)
        let title = html(trade.title.isEmpty ? alert.type.title : trade.title)
        let head = trade.eventLink.map { "<a href=\"\($0)\">\(title)</a>" } ?? title
        let facts = Facts(alert).list.map { "<b>\(html($0.name))</b> \(html($0.text))" }
        let preface = parcel.preface.map { ["<i>\($0)</i>"] } ?? []
        return (preface + ["<b>\(head)</b>", html(alert.message)] + facts).joined(separator: "\n")
    }

    private static func digest(_ alerts: [Alert]) -> String {
        let digest = Digest(alerts)
        return (["<b>\(html(digest.summary))</b>"] + digest.largest.map { "• \(html($0))" }).joined(
            separator: "\n")
    }
}

/// The text with the three characters that HTML gives a meaning to escaped, as Telegram asks. What looks like a
/// mention or an address is parted from its signs, for Telegram makes one of it in any text.
func html(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    // By scalar: a sign that joins with its neighbour to one character is a sign to the receiver all the same.
    for scalar in plain(text, atMost: 600).unicodeScalars {
        switch scalar {
        case "&": result += "&amp;".unicodeScalars
        case "<": result += "&lt;".unicodeScalars
        case ">": result += "&gt;".unicodeScalars
        case "\"": result += "&quot;".unicodeScalars
        case "@", "#", "/": result += [scalar, "\u{2060}"]
        // A bare name, such as evil.example, is a link to Telegram.
        case _ where result.last == "." && scalar.properties.isAlphabetic: result += ["\u{2060}", scalar]
        default: result.append(scalar)
        }
    }
    return String(result)
}

private func isTokenByte(_ byte: UInt8) -> Bool {
    48...57 ~= byte || 65...90 ~= byte || 97...122 ~= byte || byte == UInt8(ascii: ":")
        || byte == UInt8(ascii: "_")
        || byte == UInt8(ascii: "-")
}
