/// One message for a mail server, sent by SMTP, with its limits.
package struct MailRequest: Sendable {
    package enum Security: String, Sendable, CaseIterable {
        /// TLS from the first byte (`smtps://`) or by STARTTLS; without TLS nothing is sent.
        case always
        /// Plain text, for servers on this machine.
        case never
    }

    /// `smtp://host:port` or `smtps://host:port`, without a user name.
    package var server: String
    package var security = Security.always
    /// The credentials, if the server needs a login. The server chooses the mechanism.
    package var login: (user: String, password: String)?
    package var sender: String
    package var recipient: String
    /// Header and body in the format of RFC 5322; a line may end with a line feed alone.
    package var message: [UInt8]
    /// The time limit for the connection. The default is 5 s.
    package var connectTimeout = Duration.seconds(5)
    /// The time limit for the whole exchange. The default is 15 s.
    package var timeout = Duration.seconds(15)

    package init(to server: String, from sender: String, for recipient: String, _ message: [UInt8]) {
        self.server = server
        self.sender = sender
        self.recipient = recipient
        self.message = message
    }

    /// Returns true if the host in the server's URL is `localhost` or a loopback address.
    package static func isLocal(_ server: String) -> Bool {
        let host = redacted(server).split(separator: "/").last.map(String.init) ?? ""
        return ["localhost", "127.0.0.1", "[::1]"].contains(host.lowercased())
    }
}

/// The bytes of a message, read piece by piece while it is sent.
struct OutgoingMail {
    private let bytes: [UInt8]
    private var position = 0

    /// - Parameter message: Lines that end with a line feed alone get a carriage return, as RFC 5321
    ///   requires.
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

    /// Copies the next bytes into a buffer.
    ///
    /// - Returns: Bytes written; 0 at the end.
    mutating func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, bytes.count - position)
        buffer.copyBytes(from: bytes[position..<position + count])
        position += count
        return count
    }
}
