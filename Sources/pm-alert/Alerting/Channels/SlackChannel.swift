import Curl
import PMJSON
import PMRecord

/// A Slack incoming webhook. Its messages cannot be edited, so a follow-up is a further message.
///
/// Source: Slack's developer documentation, "Sending messages using incoming webhooks" and "Rate limits".
struct SlackChannel: Channel {
    let url: String
    let settings: ChannelSettings

    func outgoingMessage(for message: AlertMessage, at clock: Timestamp) -> OutgoingMessage {
        .request(settings.request(to: url, Self.payload(message)))
    }

    func result(of response: HTTPResponse, at clock: Timestamp) -> AttemptResult {
        switch response.status {
        case 403, 404: .closed("the webhook does not exist or is disabled (\(reason(response, hiding: url)))")
        default: commonResult(of: response, at: clock, hiding: url)
        }
    }

    private static func payload(_ message: AlertMessage) -> [UInt8] {
        let (summary, texts) =
            switch message.content {
            case .alert(let alert): (alert.message, texts(alert, after: message.preface))
            case .digest(let digest): (digest.summary, texts(digest))
            }
        var writer = JSONWriter()
        writer.object { payload in
            // The text for notifications and screen readers.
            payload.member("text", (message.preface.map { "\($0): " } ?? "") + mrkdwn(summary))
            payload.member("unfurl_links", false)
            payload.member("unfurl_media", false)
            payload.key("blocks")
            payload.array { blocks in
                for text in texts {
                    blocks.object { block in
                        block.member("type", "section")
                        block.key("text")
                        block.object { content in
                            content.member("type", "mrkdwn")
                            content.member("text", text)
                            // Otherwise Slack makes links of anything like an address or a channel's name.
                            content.member("verbatim", true)
                        }
                    }
                }
            }
        }
        return writer.bytes
    }

    private static func texts(_ alert: Alert, after preface: String?) -> [String] {
        let trade = alert.trade
        let title = mrkdwn(trade.title.isEmpty ? alert.type.title : trade.title)
        let head = "*\(trade.eventLink.map { "<\($0)|\(title)>" } ?? title)*\n\(mrkdwn(alert.message))"
        let fields = AlertFields(alert).list.map { "*\($0.name)* \(mrkdwn($0.text))" }.joined(
            separator: "  ·  ")
        return [preface.map { "_\($0)_" }, head, fields.isEmpty ? nil : fields].compactMap(\.self)
    }

    private static func texts(_ digest: AlertDigest) -> [String] {
        ["*\(mrkdwn(digest.summary))*", digest.largest.map { "• \(mrkdwn($0))" }.joined(separator: "\n")]
    }
}

/// Returns the text with Slack's markup, mentions and links disabled.
///
/// `&`, `<` and `>` are escaped as Slack asks. The characters for bold, italic, strike and code have no escape: an
/// invisible word joiner (U+2060) after each of them keeps them from pairing. A slash gets one too, so that an address
/// is no link.
func mrkdwn(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    // By scalar: a markup character that combines with its neighbour is still markup to the receiver.
    for scalar in plain(text, atMost: 2500).unicodeScalars {
        switch scalar {
        case "&": result += "&amp;".unicodeScalars
        case "<": result += "&lt;".unicodeScalars
        case ">": result += "&gt;".unicodeScalars
        case "*", "_", "~", "`", "/": result += [scalar, "\u{2060}"]
        default: result.append(scalar)
        }
    }
    return String(result)
}
