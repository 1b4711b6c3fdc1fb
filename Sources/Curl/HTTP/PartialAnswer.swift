/// An answer as it comes in, within its bounds.
struct PartialAnswer {
    /// Bytes that its fields may have in all. Servers refuse requests with a fraction of it.
    private static let longestHead = 256 << 10

    var longest = 0
    private(set) var headers: HTTPHeaders = [:]
    private(set) var body: [UInt8] = []
    private(set) var isTooLarge = false
    /// A mail server's last reply of failure.
    private(set) var mailReply = MailReply()
    private var headLength = 0

    /// Takes one line of the head, or of the trailer.
    ///
    /// - Returns: Whether there was room for it.
    mutating func receive(headerLine line: UnsafeRawBufferPointer) -> Bool {
        headLength += line.count
        isTooLarge = isTooLarge || headLength > Self.longestHead
        // An answer may follow others: `100 Continue`, a proxy's `200 Connection established`.
        if line.starts(with: "HTTP/".utf8) { headers = [:] }
        headers.append(line: line)
        mailReply.append(line: line)
        return !isTooLarge
    }

    /// Takes a piece of the body.
    ///
    /// - Returns: Whether there was room for it.
    mutating func receive(body piece: UnsafeRawBufferPointer) -> Bool {
        isTooLarge = isTooLarge || piece.count > longest - body.count
        if !isTooLarge { body.append(contentsOf: piece) }
        return !isTooLarge
    }
}
