import Curl
import PMJSON
import PMRecord

/// A Slack channel, through an incoming webhook. What it was told cannot be edited: a follow-up is one more message.
///
/// Source: Slack's developer documentation, "Sending messages using incoming webhooks" and "Rate limits".
package struct SlackChannel: Channel {
    let url: String
    let settings: ChannelSettings

    package func errand(for parcel: AlertMessage, clock: Timestamp) -> OutgoingMessage {
        .request(settings.post(to: url, Self.message(parcel)))
    }

    package func reply(to response: HTTPResponse, clock: Timestamp) -> Reply {
        switch response.status {
        case 403, 404: .closed("the webhook does not exist or is shut (HTTP \(response.status))")
        default: commonReply(to: response, clock: clock)
        }
    }

    static func message(_ parcel: AlertMessage) -> [UInt8] {
        let texts = parcel.isDigest ? digest(parcel.alerts) : single(parcel)
        var writer = JSONWriter()
        writer.object { message in
            // What notifications show, and readers of screens say.
            message.member(
                "text",
                (parcel.preface.map { "\($0): " } ?? "")
                    + mrkdwn(parcel.isDigest ? Digest(parcel.alerts).summary : parcel.alert.message))
            message.member("unfurl_links", false)
            message.member("unfurl_media", false)
            message.key("blocks")
            message.array { blocks in
                for text in texts {
                    blocks.object { block in
                        block.member("type", "section")
                        block.key("text")
                        block.object { content in
                            content.member("type", "mrkdwn")
                            content.member("text", text)
                            // Or whatever looks like an address, or a channel's name, becomes a link.
                            content.member("verbatim", true)
                        }
                    }
                }
            }
        }
        return writer.bytes
    }

    private static func single(_ parcel: AlertMessage) -> [String] {
        let (alert, trade) = (parcel.alert, parcel.alert.trade)
        let title = mrkdwn(trade.title.isEmpty ? alert.type.title : trade.title)
        let head = "*\(trade.eventLink.map { "<\($0)|\(title)>" } ?? title)*\n\(mrkdwn(alert.message))"
        let facts = Facts(alert).list.map { "*\($0.name)* \(mrkdwn($0.text))" }.joined(separator: "  ·  ")
        return [parcel.preface.map { "_\($0)_" }, head, facts.isEmpty ? nil : facts].compactMap(\.self)
    }

    private static func digest(_ alerts: [Alert]) -> [String] {
        let digest = Digest(alerts)
        return [
            "*\(mrkdwn(digest.summary))*", digest.largest.map { "• \(mrkdwn($0))" }.joined(separator: "\n"),
        ]
    }
}

/// The text with all that Slack would take for markup, a mention or a link made plain.
///
/// Three characters are escaped as Slack asks; those that make text bold, slanted, struck or code have no escape
/// there, so that they are followed by what cannot be seen and keeps them from pairing. So are the strokes of what
/// looks like an address.
func mrkdwn(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    // By scalar: a sign that joins with its neighbour to one character is a sign to the receiver all the same.
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
