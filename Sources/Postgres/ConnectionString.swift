import CLibpq
import Glibc

/// A parsed libpq connection string or URI.
///
/// The password goes to libpq and nowhere else: no description, reflection or error shows it.
package struct ConnectionString: Sendable {
    private let given: [String: String]
    private let environment: [String: String]

    /// Parses a connection string or URI, as `PQconninfoParse` does.
    ///
    /// - Parameter environment: Looks up variables such as `PGHOST`. The default is this process's
    ///   environment.
    /// - Throws: ``PostgresError`` of the kind `other`. It never quotes `text`, unlike libpq's own message,
    ///   which would show the password.
    package init(
        _ text: String, environment: (String) -> String? = { getenv($0).map { String(cString: $0) } }
    ) throws(PostgresError) {
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(text, &message) else {
            PQfreemem(message)
            throw Self.malformed("not shown, it may contain a password")
        }
        defer { PQconninfoFree(options) }
        given = Self.values(of: options)
        self.environment = Self.variables.compactMapValues(environment)
        try check()
    }

    /// Host names, addresses or socket directories, separated by commas; `nil` means libpq's default socket.
    package var host: String? { self["host"] ?? self["hostaddr"] }
    /// Port numbers, one for all hosts or one for each; the default is 5432.
    package var port: String { self["port"] ?? "5432" }
    package var database: String? { self["dbname"] ?? user }
    /// `nil` means the operating system's name for the user.
    package var user: String? { self["user"] }

    /// True if any of the hosts is neither a socket directory nor loopback.
    ///
    /// A service file is not read here; see ``settings(afterService:)``.
    package var isRemote: Bool { isRemote(self["host"], self["hostaddr"]) }

    private func isRemote(_ hosts: String?, _ addresses: String?) -> Bool {
        let (names, addresses) = (list(hosts), list(addresses))
        return (0..<max(names.count, addresses.count)).contains { index in
            // packets go to hostaddr; host is then only the name that TLS checks
            let address = index < addresses.count ? addresses[index] : ""
            let name = index < names.count ? names[index] : ""
            return !isLocal(address.isEmpty ? name : address)
        }
    }

    /// The longest time to wait for a connection, from `connect_timeout`; `nil` when it is absent.
    ///
    /// Zero and negative values mean no limit in libpq; here they count as absent.
    package var timeout: Duration? {
        self["connect_timeout"].flatMap { Int($0) }.flatMap { $0 > 0 ? .seconds($0) : nil }
    }

    /// The verification of the server: as given, else `verify-full` for a remote one.
    /// `nil` leaves the choice to libpq and its environment.
    package var sslmode: String? { settings["sslmode"] }

    /// The setting as given, else from the environment.
    private subscript(keyword: String) -> String? { given[keyword] ?? environment[keyword] }

    /// Every setting for `PQconnectStartParams`, including the password: the given ones, and defaults for the
    /// rest.
    var settings: [String: String] {
        var settings = given
        settings["client_encoding"] = "UTF8"
        let name = CommandLine.arguments.first?.split(separator: "/").last.map(String.init)
        settings["fallback_application_name"] = settings["fallback_application_name"] ?? name
        guard isRemote else { return settings }
        return settings.merging(remoteDefaults) { given, _ in given }
    }

    /// Returns stricter settings when a service file names a remote host and no `sslmode`; `nil` otherwise.
    ///
    /// - Parameter resolved: The settings that libpq has resolved from ``settings``. `prefer`, its own
    ///   default, counts as no `sslmode`.
    package func settings(afterService resolved: [String: String]) -> [String: String]? {
        guard self["service"] != nil, self["sslmode"] == nil, resolved["sslmode"] == "prefer",
            isRemote(resolved["host"], resolved["hostaddr"])
        else { return nil }
        return settings.merging(remoteDefaults) { given, _ in given }
    }

    private var remoteDefaults: [String: String] {
        // A cut cable must end a statement after half a minute, not after the kernel's quarter of an hour.
        var defaults = [
            "keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3",
            "tcp_user_timeout": "30000",
        ]
        guard self["sslmode"] == nil else { return defaults }
        defaults["sslmode"] = "verify-full"
        // libpq 15 reads only ~/.postgresql/root.crt; other clients verify against the system's store.
        let own = getenv("HOME").map { String(cString: $0) + "/.postgresql/root.crt" }
        if self["sslrootcert"] == nil, !(own.map { access($0, R_OK) == 0 } ?? false) {
            let named = getenv("SSL_CERT_FILE").map { String(cString: $0) }
            defaults["sslrootcert"] = ([named].compactMap { $0 } + Self.systemStores)
                .first { access($0, R_OK) == 0 }
        }
        return defaults
    }
}

extension ConnectionString: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// `host=… port=… dbname=… user=…`, without any other setting.
    package var redacted: String {
        let parts = [
            "host": host, "port": host == nil ? nil : port, "dbname": database, "user": user,
            "service": self["service"],
        ]
        let shown = ["host", "port", "dbname", "user", "service"].compactMap { keyword in
            (parts[keyword] ?? nil).map { "\(keyword)=\($0)" }
        }
        return shown.isEmpty ? "the default server" : shown.joined(separator: " ")
    }

    package var description: String { redacted }
    package var debugDescription: String { redacted }
    package var customMirror: Mirror { Mirror(self, children: ["redacted": redacted]) }
}

extension ConnectionString {
    /// The variables that this type reads itself. Source: PostgreSQL manual, 34.15, "Environment Variables".
    private static let variables = [
        "host": "PGHOST", "hostaddr": "PGHOSTADDR", "port": "PGPORT", "dbname": "PGDATABASE",
        "user": "PGUSER",
        "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "connect_timeout": "PGCONNECT_TIMEOUT",
        "service": "PGSERVICE",
    ]

    private static let systemStores = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
    ]

    private static let modes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]

    private static func malformed(_ reason: String) -> PostgresError {
        PostgresError(.other, "malformed connection string (\(reason))")
    }

    static func values(of options: UnsafeMutablePointer<PQconninfoOption>) -> [String: String] {
        var values: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            // an empty value means "not given" to libpq too
            if let value = option.pointee.val, value.pointee != 0 {
                values[String(cString: keyword)] = String(cString: value)
            }
            option += 1
        }
        return values
    }

    /// Checks what libpq would report only while connecting, where it looks like a server that is down.
    private func check() throws(PostgresError) {
        if let mode = self["sslmode"], !Self.modes.contains(mode) {
            throw Self.malformed("sslmode is not one of \(Self.modes.joined(separator: ", "))")
        }
        guard list(self["port"]).allSatisfy({ $0.isEmpty || (UInt16($0) ?? 0) > 0 }) else {
            throw Self.malformed("port is not a number from 1 to 65535")
        }
    }

    private func list(_ value: String?) -> [Substring] {
        value?.split(separator: ",", omittingEmptySubsequences: false) ?? []
    }

    private func isLocal(_ host: Substring) -> Bool {
        var address = in_addr()
        if inet_pton(AF_INET, String(host), &address) == 1 {
            return UInt32(bigEndian: address.s_addr) >> 24 == 127
        }
        return host.isEmpty || host.hasPrefix("/") || host.hasPrefix("@") || host == "::1"
            || host == "localhost"
    }
}
