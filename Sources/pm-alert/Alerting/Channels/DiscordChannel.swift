import Curl
import PMJSON
import PMRecord

/// A Discord webhook: one embed for each alert, edited by follow-ups.
///
/// Source: Discord's developer documentation, "Webhook Resource" and "Rate Limits".
struct DiscordChannel: Channel {
    let url: String
    let settings: ChannelSettings

    func outgoingMessage(for message: AlertMessage, at clock: Timestamp) -> OutgoingMessage {
        let body =
            switch message.content {
            case .alert(let alert): Self.payload(alert, preface: message.preface)
            case .digest(let digest): Self.payload(digest)
            }
        if let reference = message.edits {
            let url = address(appending: "/messages/\(reference)", query: nil)
            return .request(settings.request(to: url, body, method: .patch))
        }
        // With wait=true the answer has the message's id, which a follow-up needs for its edit.
        return .request(settings.request(to: address(appending: "", query: "wait=true"), body))
    }

    func result(of response: HTTPResponse, at clock: Timestamp) -> AttemptResult {
        let body = try? JSON(response.body)
        switch response.status {
        case 200..<300:
            return .delivered(
                reference: body?["id"]?.string.flatMap { isSnowflake($0) ? $0 : nil },
                pause: Self.pause(after: response))
        case 404 where body?["code"]?.integer == 10_008:
            return .editTargetMissing
        case 401, 403, 404:
            // Discord counts invalid requests, and blocks the address of a machine that goes on sending them.
            return .closed(
                "the webhook does not exist or rejects its token (\(reason(response, hiding: url)))")
        case 429:
            return .rateLimited(Self.retryDelay(response, body, at: clock))
        default:
            return commonResult(of: response, at: clock, hiding: url)
        }
    }

    /// Returns the time until the next message is allowed, when the headers say that this was the last for now.
    private static func pause(after response: HTTPResponse) -> Duration? {
        guard response.headers["X-RateLimit-Remaining"] == "0",
            let seconds = response.headers["X-RateLimit-Reset-After"].flatMap(Double.init), seconds.isFinite
        else { return nil }
        return .seconds(min(max(seconds, 0), 900))
    }

    /// Returns the longer of the delays in the header and in the body. The body has seconds, with a fraction. Old
    /// versions of the API sent milliseconds: a body of more than 1000 with a header below 60 s is taken as such.
    private static func retryDelay(_ response: HTTPResponse, _ body: JSON?, at clock: Timestamp) -> Duration?
    {
        let header = retryAfter(response, at: clock)
        guard let seconds = body?["retry_after"]?.double, seconds.isFinite, seconds >= 0 else {
            return header
        }
        if seconds > 1000, let header, header < .seconds(60) { return header }
        return max(header ?? .zero, .seconds(min(seconds, 900)))
    }

    private static func payload(_ alert: Alert, preface: String?) -> [UInt8] {
        let trade = alert.trade
        return payload { embed in
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
            let footer = [alert.type.title, alert.id, preface].compactMap(\.self)
            embed.object { $0.member("text", footer.joined(separator: " · ")) }
        }
    }

    private static func payload(_ digest: AlertDigest) -> [UInt8] {
        payload { embed in
            embed.member("title", "\(digest.count) alerts were delayed")
            let lines = [digest.summary] + digest.largest.map { "• \($0)" }
            embed.member("description", lines.map { escaped($0, atMost: 600) }.joined(separator: "\n"))
            embed.member("color", 0x3498DB)
        }
    }

    private static func payload(embed: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { payload in
            payload.member("username", "Polymarket trades")
            payload.key("allowed_mentions")
            payload.object { mentions in
                mentions.key("parse")
                mentions.array { _ in }
            }
            payload.key("embeds")
            payload.array { $0.object(embed) }
        }
        return writer.bytes
    }

    private static func fields(of alert: Alert) -> [(String, String)] {
        let trade = alert.trade
        var fields = AlertFields(alert).list.filter { $0.name != "Wallet" && $0.name != "Label" }.map {
            ($0.name, $0.name == "Value" ? "**\($0.text)**" : escaped($0.text, atMost: 200))
        }
        if let wallet = wallet(of: trade) { fields.append(("Wallet", wallet)) }
        if let link = trade.transactionLink { fields.append(("Transaction", "[Polygonscan](\(link))")) }
        return fields
    }

    private static func wallet(of trade: AlertTrade) -> String? {
        guard let wallet = trade.wallet else { return nil }
        let name = escaped(trade.walletName ?? DisplayFormat.abbreviated(wallet), atMost: 60)
        let linked = trade.walletLink.map { "[\(name)](\($0))" } ?? name
        return linked + (trade.label.map { " · \(escaped($0, atMost: 40))" } ?? "")
    }

    /// Source: docs/POLYMARKET.md, section B.
    private static func color(of trade: AlertTrade) -> Int {
        switch trade.tier {
        case "GOD_WHALE": 0xFFD700
        case "SUPER_WHALE": 0xFF4500
        case "MEGA_WHALE": 0x00FFFF
        case "WHALE": 0x00FF00
        default: trade.isSmartMoney ? 0x9B59B6 : 0x3498DB
        }
    }

    /// Returns the webhook's address with a path and a query added. Keeps its own query, such as a thread's id.
    private func address(appending path: String, query: String?) -> String {
        let parts = url.split(separator: "?", maxSplits: 1)
        let queries = [parts.count > 1 ? String(parts[1]) : nil, query].compactMap(\.self)
        return parts[0] + path + (queries.isEmpty ? "" : "?" + queries.joined(separator: "&"))
    }
}

/// Returns the text with Discord's markup, mentions and links escaped.
func escaped(_ text: String, atMost limit: Int) -> String {
    var result = String.UnicodeScalarView()
    // By scalar: a markup character that combines with its neighbour is still markup to the receiver.
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
