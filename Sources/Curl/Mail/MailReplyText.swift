/// The text of a mail server's last reply of failure, without its codes.
///
///     554-5.7.1 Your address is blocked
///     554 5.7.1 See https://mail.example/blocked
///
/// Source: RFC 5321, section 4.2.
struct MailReplyText {
    /// The lines' texts, joined by spaces.
    private(set) var text: [UInt8] = []
    private var isComplete = true

    /// Accepts a line of any reply; keeps those of replies from 400 to 599.
    mutating func append(line: UnsafeRawBufferPointer) {
        guard line.count > 3, line[0] == UInt8(ascii: "4") || line[0] == UInt8(ascii: "5"),
            line[1..<3].allSatisfy({ 48...57 ~= $0 }),
            line[3] == UInt8(ascii: " ") || line[3] == UInt8(ascii: "-")
        else { return }
        if isComplete { text = [] }
        isComplete = line[3] == UInt8(ascii: " ")
        if !text.isEmpty { text.append(UInt8(ascii: " ")) }
        text += line[4...].prefix { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }
    }
}
