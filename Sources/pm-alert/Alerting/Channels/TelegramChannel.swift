import Curl
import PMJSON
import PMRecord

/// A Telegram chat, through a bot.
///
/// The secret has the bot's token on its first line, the chat's id on the second, and optionally the address of another
/// server on the third. `:` and the id of a topic may follow the id of a group: `-1001234567890:42`.
///
/// The General topic has no id: a message without one goes there.
///
/// Source: Telegram's Bot API, and its FAQ on limits: one message a second to one chat.
struct TelegramChannel: Channel {
    private let base: String
    private var chat: String
    /// The topic of the group that messages go to.
    private let topic: Int?
    private let settings: ChannelSettings

    init(secrets: [String], path: String, _ settings: ChannelSettings) throws(ChannelError) {
        guard secrets.count >= 2 else { throw ChannelError("\(path) needs a bot's token and a chat's id") }
        let server = secrets.count > 2 ? secrets[2] : "https://api.telegram.org"
        guard settings.allows(server) else {
            throw ChannelError("\(path) names a server without https://")
        }
        guard secrets[0].utf8.allSatisfy(isTokenByte) else {
            throw ChannelError("\(path) does not hold a bot's token")
        }
        base = "\(server)/bot\(secrets[0])"
        let parts = secrets[1].split(separator: ":", omittingEmptySubsequences: false)
        topic = parts.count == 2 ? Int(parts[1]) : nil
        guard parts.count == 1 || topic.map({ $0 > 0 }) == true else {
            throw ChannelError("\(path) does not hold a chat's id, or one with a topic's (ID:TOPIC)")
        }
        chat = String(parts[0])
        self.settings = settings
    }

    func outgoingMessage(for message: AlertMessage, at clock: Timestamp) -> OutgoingMessage {
        var writer = JSONWriter()
        writer.object { payload in
            payload.member("chat_id", chat)
            if let reference = message.edits {
                payload.member("message_id", Int(reference))
            } else {
                payload.member("message_thread_id", topic)
            }
            switch message.content {
            case .alert(let alert): payload.member("text", Self.text(alert, after: message.preface))
            case .digest(let digest): payload.member("text", Self.text(digest))
            }
            payload.member("parse_mode", "HTML")
            payload.key("link_preview_options")
            payload.object { $0.member("is_disabled", true) }
        }
        let method = message.edits == nil ? "sendMessage" : "editMessageText"
        return .request(settings.request(to: "\(base)/\(method)", writer.bytes))
    }

    mutating func result(of response: HTTPResponse, at clock: Timestamp) -> AttemptResult {
        let body = try? JSON(response.body)
        let parameters = body?["parameters"]
        switch response.status {
        case 200..<300:
            return .delivered(reference: body?["result"]?["message_id"]?.integer.map(String.init))
        case 400:
            // A group that becomes a supergroup gets a new id.
            if let moved = parameters?["migrate_to_chat_id"]?.numberText {
                chat = moved
                return .failed("the chat has moved")
            }
            let description = body?["description"]?.string ?? ""
            // An earlier attempt has made the edit.
            if description.contains("message is not modified") { return .delivered(reference: nil) }
            if description.contains("message to edit not found") { return .editTargetMissing }
            return .rejected(reason(response, hiding: base))
        case 401, 403, 404:
            return .closed(
                "the bot's token is invalid, or the chat has blocked the bot (\(reason(response, hiding: base)))"
            )
        case 429:
            let inBody = parameters?["retry_after"]?.double.map { Duration.seconds(min(max($0, 0), 900)) }
            return .rateLimited([inBody, retryAfter(response, at: clock)].compactMap(\.self).max())
        default:
            return commonResult(of: response, at: clock, hiding: base)
        }
    }

    private static func text(_ alert: Alert, after preface: String?) -> String {
        let trade = alert.trade
        let title = html(trade.title.isEmpty ? alert.type.title : trade.title)
        let head = trade.eventLink.map { "<a href=\"\($0)\">\(title)</a>" } ?? title
        let fields = AlertFields(alert).list.map { "<b>\(html($0.name))</b> \(html($0.text))" }
        let note = preface.map { ["<i>\($0)</i>"] } ?? []
        return (note + ["<b>\(head)</b>", html(alert.message)] + fields).joined(separator: "\n")
    }

    private static func text(_ digest: AlertDigest) -> String {
        (["<b>\(html(digest.summary))</b>"] + digest.largest.map { "• \(html($0))" }).joined(
            separator: "\n")
    }
}

/// Returns the text with HTML's special characters escaped, as Telegram asks.
///
/// Telegram also makes links of mentions, hashtags and addresses in plain text. An invisible word joiner (U+2060) after
/// their first character prevents that.
func html(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    // By scalar: a markup character that combines with its neighbour is still markup to the receiver.
    for scalar in plain(text, atMost: 600).unicodeScalars {
        switch scalar {
        case "&": result += "&amp;".unicodeScalars
        case "<": result += "&lt;".unicodeScalars
        case ">": result += "&gt;".unicodeScalars
        case "\"": result += "&quot;".unicodeScalars
        case "@", "#", "/": result += [scalar, "\u{2060}"]
        // Telegram makes a link even of a bare name such as evil.example.
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
