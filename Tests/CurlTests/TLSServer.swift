/// `openssl s_server -www` on loopback, which answers one request with a page about the connection, and
/// exits.
final class TLSServer {
    let port: Int
    private let command: Command

    init(_ certificate: (chain: String, key: String), options: String = "") {
        let (certificate, key) = certificate
        command = Command(
            "exec timeout 20 openssl s_server -www -naccept 1 -accept 127.0.0.1:0 -cert \(certificate) -key \(key)"
                + " \(options) </dev/null 2>/dev/null")
        var line = ""
        repeat {
            line = command.line()
            precondition(!line.isEmpty, "openssl s_server did not start")
        } while !line.hasPrefix("ACCEPT")
        port = Int(line.split(separator: ":").last!.dropLast())!
    }
}
