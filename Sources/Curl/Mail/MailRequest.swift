/// One message to be handed to a mail server by SMTP, with everything that bounds it.
package struct MailRequest: Sendable {
    package enum Security: String, Sendable, CaseIterable {
        /// TLS from the first byte (`smtps://`), or by STARTTLS before anything is said; else nothing is sent.
        case always
        /// Plain text, which is for servers on this machine.
        case never
    }

    /// `smtp://host:port` or `smtps://host:port`, without a user name.
    package var server: String
    package var security = Security.always
    /// Who logs in, if anyone does. By which mechanism is the server's choice.
    package var login: (user: String, password: String)?
    package var sender: String
    package var recipient: String
    /// Header and body as RFC 5322 has them; a line may end in a line feed alone.
    package var message: [UInt8]
    /// How long until there is a connection. The default is 5 s.
    package var connectTimeout = Duration.seconds(5)
    /// How long in all. The default is 15 s.
    package var timeout = Duration.seconds(15)

    package init(to server: String, from sender: String, for recipient: String, _ message: [UInt8]) {
        self.server = server
        self.sender = sender
        self.recipient = recipient
        self.message = message
    }

    /// Whether the server is of this machine, by the name it is given.
    package static func isLocal(_ server: String) -> Bool {
        let host = redacted(server).split(separator: "/").last.map(String.init) ?? ""
        return ["localhost", "127.0.0.1", "[::1]"].contains(host.lowercased())
    }
}

/// A message on its way out.
struct OutgoingMail {
    private let bytes: [UInt8]
    private var place = 0

    /// - Parameter message: Its lines leave with a carriage return each, as RFC 5321 demands.
    init(_ message: [UInt8]) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(message.count + message.count / 40)
        for byte in message {
            if byte == UInt8(ascii: "\n"), bytes.last != UInt8(ascii: "\r") {
                bytes.append(UInt8(ascii: "\r"))
            }
            bytes.append(byte)
        }
        self.bytes = bytes
    }

    /// Fills a buffer with what comes next.
    ///
    /// - Returns: Bytes written; 0 at the end.
    mutating func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, bytes.count - place)
        buffer.copyBytes(from: bytes[place..<place + count])
        place += count
        return count
    }
}
