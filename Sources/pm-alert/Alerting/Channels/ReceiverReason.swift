import Curl
import PMJSON

/// Returns why a receiver did not accept a message: the status, and the receiver's own sentence where it sent one.
///
///     HTTP 400: Invalid Form Body
///
/// - Parameter secret: The address that the request went to. Some servers repeat its path in their answer: such parts
///   become `…`.
func reason(_ response: HTTPResponse, hiding secret: String) -> String {
    let status = "HTTP \(response.status)"
    guard let sentence = sentence(in: response.body) else { return status }
    let parts = secret.split { "/?&=#:@".contains($0) }.filter { $0.count >= shortestSecret }
    // The longest part first, because a part may contain another.
    let hidden = parts.sorted { $0.count > $1.count }.reduce(sentence) { $0.replacing($1, with: "…") }
    // Shortened only now: a part that is cut off would no longer be found.
    return "\(status): \(plain(hidden, atMost: 200))"
}

/// A shorter part of an address, such as `api`, is no secret.
private let shortestSecret = 6

/// Returns the sentence in a receiver's answer: the usual members of a JSON object, or plain text.
///
/// Source: `message` is Discord's, `description` is Telegram's, plain text is Slack's; `detail` and `title` are those of
/// RFC 9457, section 3.1.
private func sentence(in body: [UInt8]) -> String? {
    if let json = try? JSON(body) {
        let error = json["error"]
        return [
            json["message"], json["description"], json["detail"], error?["message"], error, json["title"],
        ]
        .lazy.compactMap { $0?.nonEmptyString }.first ?? json.nonEmptyString
    }
    let text = String(decoding: body, as: UTF8.self).drop { $0.isWhitespace }
    // A page for people is no sentence.
    return text.isEmpty || text.hasPrefix("<") ? nil : String(text)
}
