import Curl
import PMJSON
import PMRecord

/// A Discord channel, through a webhook: one embed an alert, edited when more becomes known.
///
/// Source: Discord's developer documentation, "Webhook Resource" and "Rate Limits".
package struct DiscordChannel: Channel {
    let url: String
    let settings: ChannelSettings

    package func errand(for parcel: AlertMessage, clock: Timestamp) -> OutgoingMessage {
        let body = parcel.isDigest ? Self.message(Digest(parcel.alerts)) : Self.message(parcel)
        if let edits = parcel.edits {
            return .request(
                settings.post(to: address(appending: "/messages/\(edits)", query: nil), body, method: .patch))
        }
        // So that the answer has the message's id, by which it can be edited.
        return .request(settings.post(to: address(appending: "", query: "wait=true"), body))
    }

    package func reply(to response: HTTPResponse, clock: Timestamp) -> Reply {
        let body = try? JSON(response.body)
        switch response.status {
        case 200..<300:
            return .delivered(
                reference: body?["id"]?.string.flatMap { isSnowflake($0) ? $0 : nil },
                pause: Self.pause(after: response))
        case 404 where body?["code"]?.integer == 10_008:
            return .vanished
        case 401, 403, 404:
            // Going on would get this machine's address shut out: Discord counts invalid requests.
            return .closed("the webhook does not exist or is not ours (HTTP \(response.status))")
        case 429:
            return .limited(Self.patience(response, body, clock: clock))
        default:
            return commonReply(to: response, clock: clock)
        }
    }

    /// What the rate limit's headers ask for ahead of a refusal: nothing is left, and so long until there is.
    private static func pause(after response: HTTPResponse) -> Duration? {
        guard response.headers["X-RateLimit-Remaining"] == "0",
            let seconds = response.headers["X-RateLimit-Reset-After"].flatMap(Double.init), seconds.isFinite
        else { return nil }
        return .seconds(min(max(seconds, 0), 900))
    }

    /// The longer of what the header and the body ask for. The body's number is in seconds, with a fraction; old
    /// versions of the API sent milliseconds, which is assumed where body and header differ beyond reason.
    static func patience(_ response: HTTPResponse, _ body: JSON?, clock: Timestamp) -> Duration? {
        let header = retryAfter(response, clock)
        guard let seconds = body?["retry_after"]?.double, seconds.isFinite, seconds >= 0 else {
            return header
        }
        if seconds > 1000, let header, header < .seconds(60) { return header }
        return max(header ?? .zero, .seconds(min(seconds, 900)))
    }

    /// The body that tells an alert.
    private static func message(_ parcel: AlertMessage) -> [UInt8] {
        let (alert, trade) = (parcel.alert, parcel.alert.trade)
        return message { embed in
            embed.member("title", escaped(trade.title.isEmpty ? alert.type.title : trade.title, atMost: 256))
            embed.member("url", trade.eventLink)
            embed.member("description", escaped(alert.message, atMost: 2000))
            embed.member("color", color(of: trade))
            embed.member("timestamp", (trade.time ?? alert.decidedAt).description)
            embed.key("fields")
            embed.array { list in
                for (name, value) in fields(of: alert) {
                    list.object { field in
                        field.member("name", name)
                        field.member("value", value)
                        field.member("inline", true)
                    }
                }
            }
            embed.key("footer")
            let footer = [alert.type.title, alert.id, parcel.preface].compactMap(\.self)
            embed.object { $0.member("text", footer.joined(separator: " · ")) }
        }
    }

    /// The body that tells several at once.
    static func message(_ digest: Digest) -> [UInt8] {
        message { embed in
            embed.member("title", "\(digest.alerts.count) alerts were delayed")
            let lines = [digest.summary] + digest.largest.map { "• \($0)" }
            embed.member("description", lines.map { escaped($0, atMost: 600) }.joined(separator: "\n"))
            embed.member("color", 0x3498DB)
        }
    }

    private static func message(_ content: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { message in
            message.member("username", "Polymarket trades")
            message.key("allowed_mentions")
            message.object { mentions in
                mentions.key("parse")
                mentions.array { _ in }
            }
            message.key("embeds")
            message.array { $0.object(content) }
        }
        return writer.bytes
    }

    private static func fields(of alert: Alert) -> [(String, String)] {
        let trade = alert.trade
        var fields = Facts(alert).list.filter { $0.name != "Wallet" && $0.name != "Label" }.map {
            ($0.name, $0.name == "Value" ? "**\($0.text)**" : escaped($0.text, atMost: 200))
        }
        if let wallet = wallet(of: trade) { fields.append(("Wallet", wallet)) }
        if let link = trade.transactionLink { fields.append(("Transaction", "[Polygonscan](\(link))")) }
        return fields
    }

    private static func wallet(of trade: AlertTrade) -> String? {
        guard let wallet = trade.wallet else { return nil }
        let name = escaped(trade.walletName ?? Wording.ends(wallet), atMost: 60)
        let linked = trade.walletLink.map { "[\(name)](\($0))" } ?? name
        return linked + (trade.label.map { " · \(escaped($0, atMost: 40))" } ?? "")
    }

    /// Source: POLYMARKET.md, part B.
    static func color(of trade: AlertTrade) -> Int {
        switch trade.tier {
        case "GOD_WHALE": 0xFFD700
        case "SUPER_WHALE": 0xFF4500
        case "MEGA_WHALE": 0x00FFFF
        case "WHALE": 0x00FF00
        default: trade.tags.contains("SMART_MONEY") ? 0x9B59B6 : 0x3498DB
        }
    }

    /// The webhook's address with a path and a query added; what query it has, such as a thread's id, stays.
    private func address(appending path: String, query: String?) -> String {
        let parts = url.split(separator: "?", maxSplits: 1)
        let queries = [parts.count > 1 ? String(parts[1]) : nil, query].compactMap(\.self)
        return parts[0] + path + (queries.isEmpty ? "" : "?" + queries.joined(separator: "&"))
    }
}

/// The text with all that Discord would take for markup, a mention or a link made plain.
func escaped(_ text: String, atMost limit: Int) -> String {
    var result = String.UnicodeScalarView()
    // By scalar: a sign that joins with its neighbour to one character is a sign to the receiver all the same.
    for scalar in plain(text, atMost: limit).unicodeScalars {
        let piece: [Unicode.Scalar] = markup.contains(scalar) ? ["\\", scalar] : [scalar]
        guard result.count + piece.count <= limit else { break }
        result += piece
    }
    return String(result)
}

private let markup = Set("\\*_~`|>#-[]()@<:".unicodeScalars)

private func isSnowflake(_ text: String) -> Bool {
    1...20 ~= text.utf8.count && text.utf8.allSatisfy { 48...57 ~= $0 }
}
