import Glibc
import TestSupport

/// One or three NATS servers on loopback, with the settings of `deploy/nats/server.conf`.
final class TemporaryCluster: Sendable {
    /// True if a server is installed, for `.enabled(if:)`: `scripts/nats-server.sh` installs it.
    static var isInstalled: Bool { program != nil }

    private static var program: String? {
        let path =
            getenv("PM_NATS_SERVER").map { String(cString: $0) } ?? Executables.packageRoot
            + "/.build/nats-server/nats-server"
        return access(path, X_OK) == 0 ? path : nil
    }

    let size: Int
    private let directory: TemporaryDirectory
    private let ports: [UInt16]
    private let largestMessage: String
    private let servers: Monitor

    /// The running servers; a class, because servers die and come back.
    private final class Monitor: @unchecked Sendable {
        // Unchecked: a test uses its cluster from one thread.
        var children: [ChildProcess?] = []
    }

    /// - Parameter largestMessage: The largest message that the servers take, as they write it. The default is that of
    ///   `deploy/nats/server.conf`.
    init(size: Int = 3, largestMessage: String = "2MB") throws {
        self.size = size
        self.largestMessage = largestMessage
        directory = try TemporaryDirectory()
        ports = try freePorts(size * 2)
        servers = Monitor()
        servers.children = Array(repeating: nil, count: size)
        for index in 0..<size { try directory.write(configuration(index), to: "\(index).conf") }
        for index in 0..<size { try start(index) }
        try waitUntilReady()
    }

    /// The options that name the cluster.
    var options: [String] {
        (0..<size).flatMap { ["--server", "nats://127.0.0.1:\(ports[$0])"] } + [
            "--replicas", "\(size == 1 ? 1 : 3)",
        ]
    }

    func start(_ index: Int) throws {
        guard let program = Self.program else { throw TestFailure("nats-server is not installed") }
        servers.children[index] = try ChildProcess(
            program, ["-c", directory.file("\(index).conf"), "-l", directory.file("\(index).log")],
            output: .discarded)
    }

    /// Kills a server.
    func kill(_ index: Int) throws {
        servers.children[index]?.kill(SIGKILL)
        _ = try servers.children[index]?.wait()
        servers.children[index] = nil
    }

    func signal(_ index: Int, _ number: CInt) {
        servers.children[index]?.kill(number)
    }

    /// Waits for the end of a server that was asked to stop.
    func wait(for index: Int) throws {
        _ = try servers.children[index]?.wait()
        servers.children[index] = nil
    }

    /// The index of the server that leads a stream, by the servers' own logs.
    func leader(of stream: String) -> Int? {
        let sentence = "JetStream cluster new stream leader for '$G > pm-\(stream)'"
        let latest = (0..<size).compactMap { index -> (String, Int)? in
            let log = (try? directory.read("\(index).log")) ?? ""
            // Lines begin with the process id and the time: [1234] 2026/12/01 12:00:00.000000
            let line = log.split(separator: "\n").last { $0.contains(sentence) }
            return line.flatMap { $0.split(separator: "]").dropFirst().first.map { (String($0), index) } }
        }
        return latest.max { $0.0 < $1.0 }?.1
    }

    /// Waits until the servers accept requests to JetStream.
    func waitUntilReady() throws {
        let isReady = eventually { [self] in
            (try? ChildProcess(
                Executables.path("pm-relay"), ["cursor", "ready", "--patience", "1s"] + options
            ).wait()) == .status(0)
        }
        guard isReady else { throw TestFailure("the cluster is not ready: \(log)") }
    }

    /// The servers' logs, for a failed test.
    var log: String {
        (0..<size).map { "server \($0):\n" + ((try? directory.read("\($0).log")) ?? "").suffix(2000) }
            .joined()
    }

    private func configuration(_ index: Int) -> String {
        let routes = (size..<2 * size).map { "nats://127.0.0.1:\(ports[$0])" }.joined(separator: ", ")
        let cluster =
            size == 1
            ? "" : "cluster { name: pm, host: 127.0.0.1, port: \(ports[size + index]), routes: [\(routes)] }"
        return """
            server_name: n\(index)
            host: 127.0.0.1
            port: \(ports[index])
            max_payload: \(largestMessage)
            jetstream { store_dir: "\(directory.path)/\(index)", sync_interval: always }
            \(cluster)
            """
    }
}

/// Returns ports that were free a moment ago.
private func freePorts(_ count: Int) throws -> [UInt16] {
    var sockets: [CInt] = []
    defer { for socket in sockets { close(socket) } }
    return try (0..<count).map { _ in
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        sockets.append(descriptor)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
            }
        }
        guard status else { throw TestFailure("no free port") }
        return UInt16(bigEndian: address.sin_port)
    }
}
