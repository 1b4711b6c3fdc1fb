import PMJSON

/// A mail server on loopback that supports SMTP with STARTTLS and AUTH, and records its messages.
///
/// It is a Python program. It ends when the object is released.
package final class MailServer: Sendable {
    package enum Encryption: String, Sendable {
        /// Plain text; STARTTLS is not offered.
        case none
        case startTLS = "starttls"
        /// TLS from the first byte.
        case implicit
    }

    package struct Message: Sendable {
        package let sender: String
        package let recipient: String
        package let text: String
        package let isEncrypted: Bool
        /// The mechanism and user of the login.
        package let login: String
    }

    package let port: Int
    private let process: ChildProcess
    private let directory: TemporaryDirectory

    package static let isAvailable = Executables.installed("python3") != nil

    /// - Parameters:
    ///   - certificate: The paths of chain and key, for TLS.
    ///   - login: The required `user:password`; without it no login is needed.
    ///   - replies: Replies by command name that replace success; each list is used up from the front.
    package init(
        _ encryption: Encryption = .none, certificate: (chain: String, key: String)? = nil,
        login: String = "",
        replies: [String: [String]] = [:]
    ) throws {
        let directory = try TemporaryDirectory()
        self.directory = directory
        var writer = JSONWriter()
        writer.object { options in
            options.member("tls", encryption.rawValue)
            options.member("chain", certificate?.chain)
            options.member("key", certificate?.key)
            options.member("login", login)
            options.member("mails", directory.file("mails"))
            options.key("replies")
            options.object { object in
                for (command, list) in replies {
                    object.key(command)
                    object.array { array in list.forEach { array.string($0) } }
                }
            }
        }
        let script = try directory.write(Self.script, to: "server.py")
        process = try ChildProcess(
            Executables.installed("python3") ?? "python3",
            ["-u", script, String(decoding: writer.bytes, as: UTF8.self)], output: .pipe)
        guard let line = try process.line(), let port = Int(line) else {
            throw TestFailure("the mail server did not start: \(process.errors)")
        }
        self.port = port
    }

    /// The messages accepted so far.
    package var messages: [Message] {
        ((try? directory.read("mails")) ?? "").split(separator: "\n").compactMap { line in
            guard let json = try? JSON(String(line)) else { return nil }
            return Message(
                sender: json["sender"]?.string ?? "", recipient: json["recipient"]?.string ?? "",
                text: json["text"]?.string ?? "", isEncrypted: json["encrypted"]?.bool ?? false,
                login: json["login"]?.string ?? "")
        }
    }

    private static let script = #"""
        import base64, json, socketserver, ssl, sys

        options = json.loads(sys.argv[1])

        class Session(socketserver.StreamRequestHandler):
            def say(self, line):
                self.wfile.write(line.encode() + b"\r\n")

            def hear(self):
                line = self.rfile.readline()
                if not line: raise ConnectionError
                return line.decode("utf-8", "replace").rstrip("\r\n")

            def encrypt(self):
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(options["chain"], options["key"])
                self.connection = context.wrap_socket(self.connection, server_side=True)
                self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
                self.encrypted = True

            def handle(self):
                try: self.serve()
                except (ConnectionError, ssl.SSLError, ValueError): pass

            def serve(self):
                self.encrypted, self.login = False, ""
                if options["tls"] == "implicit": self.encrypt()
                self.say("220 test ESMTP")
                sender, recipient = "", ""
                while True:
                    line = self.hear()
                    command = line.split(" ")[0].upper()
                    scripted = options["replies"].get(command)
                    if scripted:
                        self.say(scripted.pop(0))
                    elif command == "EHLO":
                        features = ["test"]
                        if options["tls"] == "starttls" and not self.encrypted: features.append("STARTTLS")
                        if options["login"]: features.append("AUTH PLAIN LOGIN")
                        for feature in features: self.say("250-" + feature)
                        self.say("250 8BITMIME")
                    elif command == "STARTTLS" and options["tls"] == "starttls":
                        self.say("220 go ahead")
                        self.encrypt()
                    elif command == "AUTH":
                        words = line.split(" ")
                        if len(words) < 3:
                            self.say("334 ")
                            words.append(self.hear())
                        name, password = base64.b64decode(words[2]).decode().split("\0")[1:]
                        if name + ":" + password == options["login"]:
                            self.login = words[1] + " " + name
                            self.say("235 welcome")
                        else:
                            self.say("535 no")
                    elif options["login"] and not self.login and command in ("MAIL", "RCPT", "DATA"):
                        self.say("530 log in first")
                    elif command == "MAIL":
                        sender = line[10:].split(">")[0].strip("<")
                        self.say("250 ok")
                    elif command == "RCPT":
                        recipient = line[8:].split(">")[0].strip("<")
                        self.say("250 ok")
                    elif command == "DATA":
                        self.say("354 go on")
                        lines = []
                        while True:
                            raw = self.rfile.readline()
                            if not raw.endswith(b"\r\n") or raw.count(b"\r") != 1: raise ValueError("a bare line end")
                            if raw == b".\r\n": break
                            lines.append(raw[1:] if raw.startswith(b".") else raw)
                        with open(options["mails"], "a") as file:
                            file.write(json.dumps({
                                "sender": sender, "recipient": recipient, "text": b"".join(lines).decode(),
                                "encrypted": self.encrypted, "login": self.login}) + "\n")
                        self.say("250 taken")
                    elif command == "QUIT":
                        return self.say("221 bye")
                    elif command in ("RSET", "NOOP"):
                        self.say("250 ok")
                    else:
                        self.say("502 what")

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True

        server = Server(("127.0.0.1", 0), Session)
        print(server.server_address[1])
        server.serve_forever()
        """#
}
