import AlertFixtures
import Alerting
import Curl
import PMJSON
import PMRecord
import TestSupport
import Testing

/// Hostile texts in a market's title, an outcome or a name, in every kind of message.
struct InjectionTests {
    private let directory = try! TemporaryDirectory()

    static let texts = [
        "@everyone", "@here", "<@1>", "<@&1>", "<#1>", "<!channel>", "<!here|x>", "<@U1>", "**bold**",
        "__under__",
        "~~gone~~", "||spoiler||", "`code`", "```\nblock```", "> quote", "# head", "- item",
        "[x](https://evil)",
        "https://evil.example/", "<https://evil|click>", "<a href=\"https://evil\">x</a>", "<b>x</b>",
        "<script>x",
        "&lt;b&gt;", "&amp;#60;", "tg://user?id=1", "@username", "/start", "#tag",
        "x\r\nBcc: eve@example.org",
        "x\nSubject: y", "x\r\n\r\nbody", "x\n.\nMAIL FROM:<a@b>", "=?utf-8?B?eA==?=",
        "\u{1B}[2J\u{1B}]0;x\u{07}",
        "\u{9B}31m", "a\u{8}b", "a\0b", "\u{202E}txt", "\u{2066}x\u{2069}", "a\u{200B}b\u{200F}", "\u{FEFF}x",
        "\\*x\\*", "\\", "\"}],\"content\":\"x", "'; DROP TABLE trades; --", "$(touch x)", "`touch x`",
        "%s%n", "🙂\u{200D}🙂", "\u{0600}<!channel|x\u{0600}>", "\u{0600}@everyone\u{0600}*x\u{0600}*",
        String(repeating: "*", count: 5000), String(repeating: "\u{0301}", count: 500),
    ]

    /// Returns the message for a channel when all texts of a trade are `text`.
    private func outgoing(_ text: String, on kind: String) throws -> (request: HTTPRequest?, body: [UInt8]) {
        let secrets = [
            "discord": "https://discord.example/w", "slack": "https://slack.example/w",
            "webhook": "https://hook.example/w", "telegram": "1:a\n-4",
        ]
        let target = try secrets[kind].map { try directory.write($0 + "\n", to: kind) } ?? "ada@example.org"
        let channel = try makeChannel(ChannelAddress(.init(rawValue: kind)!, target), ChannelSettings())
        let line = TradeLine.make {
            $0.title = text
            $0.outcome = text
            $0.slug = text
            $0.eventSlug = text
            $0.tier = text
            $0.tags = [text]
            $0.extra = [(Key.name, quoted(text)), (Key.pseudonym, quoted(text))]
        }
        let alert = Alert(.whaleMovement, of: line.trade, to: text, decidedAt: Timestamp(milliseconds: 0))
        switch channel.outgoingMessage(for: AlertMessage(.alert(alert)), at: Timestamp(milliseconds: 0)) {
        case .request(let request): return (request, request.body)
        case .command(let command): return (nil, command.input)
        case .mail(let mail): return (nil, mail.message)
        }
    }

    private func quoted(_ text: String) -> String {
        var writer = JSONWriter()
        writer.string(text)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test(arguments: texts)
    func onDiscordItIsPlainTextWithoutMentions(text: String) throws {
        let body = try JSON(try outgoing(text, on: "discord").body)
        #expect(body["allowed_mentions"]?["parse"] == .array([]))
        #expect(body["content"] == nil)
        let embed = try #require(body["embeds"]?.array?.first)
        #expect((embed["title"]?.string?.count ?? 0) <= 256)
        #expect(
            embed["url"] == nil || embed["url"]?.string?.hasPrefix("https://polymarket.com/event/") == true)
        let outcome = embed["fields"]?.array?.first { $0["name"]?.string == "Outcome" }?["value"]?.string
        for shown in [embed["title"]?.string, embed["description"]?.string, outcome] {
            #expect(isEscaped(shown ?? ""), "\(shown ?? "")")
        }
    }

    /// Returns true if every character of Discord's markup has a backslash before it.
    private func isEscaped(_ text: String) -> Bool {
        var isAfterBackslash = false
        for scalar in text.unicodeScalars {
            if isAfterBackslash {
                isAfterBackslash = false
            } else if scalar == "\\" {
                isAfterBackslash = true
            } else if "*_~`|>#[]@<".unicodeScalars.contains(scalar) {
                return false
            }
        }
        return !isAfterBackslash
    }

    @Test(arguments: texts)
    func onSlackItIsPlainTextWithoutMentions(text: String) throws {
        let body = try JSON(try outgoing(text, on: "slack").body)
        let contents = (body["blocks"]?.array ?? []).compactMap { $0["text"] }
        // Without "verbatim", Slack makes links of anything like an address.
        #expect(!contents.isEmpty && contents.allSatisfy { $0["verbatim"]?.bool == true })
        let blocks = contents.compactMap { $0["text"]?.string }
        for shown in blocks + [body["text"]?.string ?? ""] {
            let plain = shown.replacing(/<https:\/\/polymarket\.com\/event\/[a-z0-9-]+\|/, with: "")
            #expect(!plain.unicodeScalars.contains("<"), "\(shown)")
            #expect(shown.utf8.count <= 3000 * 4)
        }
    }

    @Test(arguments: texts)
    func onTelegramItIsTextWithoutTags(text: String) throws {
        let shown = try #require(JSON(try outgoing(text, on: "telegram").body)["text"]?.string)
        let plain = shown.replacing(
            /<\/?[bi]>|<a href="https:\/\/polymarket\.com\/event\/[a-z0-9-]+">|<\/a>/, with: "")
        #expect(!plain.contains("<") && !plain.contains(">"), "\(shown)")
        #expect(plain.matches(of: /&(?!(amp|lt|gt|quot);)/).isEmpty, "\(shown)")
        #expect(plain.matches(of: /[@#\/](?!\u{2060})/).isEmpty, "\(shown)")
        #expect(shown.count <= 4096)
    }

    @Test(arguments: texts)
    func inMailItIsOneHeaderAndABodyInBase64(text: String) throws {
        let mail = String(decoding: try outgoing(text, on: "email").body, as: UTF8.self)
        let parts = mail.components(separatedBy: "\n\n")
        #expect(parts.count == 2)
        let names = parts[0].split(separator: "\n").filter { !$0.hasPrefix(" ") }.map {
            $0.prefix { $0 != ":" }
        }
        #expect(
            names == [
                "From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type",
                "Content-Transfer-Encoding", "Auto-Submitted",
            ])
        #expect(mail.utf8.allSatisfy { $0 == 10 || 0x20..<0x7F ~= $0 })
        #expect(mail.split(separator: "\n").allSatisfy { $0.utf8.count <= 78 && $0 != "." })
    }

    @Test(arguments: texts)
    func inJSONItIsOneLineWithoutControlCharacters(text: String) throws {
        for kind in ["webhook", "command", "discord", "slack", "telegram"] {
            let body = try outgoing(text, on: kind == "command" ? "webhook" : kind).body
            _ = try JSON(body)
            let scalars = String(decoding: body, as: UTF8.self).unicodeScalars
            #expect(!scalars.contains { $0 != "\u{2060}" && $0.isUnsafeToShow }, "\(kind)")
        }
    }
}
