import Crypto
import Database
import Glibc
import PMPipe
import PMRecord
import WebSockets

/// The web server of the live page, on a thread of its own.
///
/// Alerts are delivered whether the page is served or not: while the address is in use, or after the server has failed,
/// the server is started again.
package enum PageServer {
    package struct Options: Sendable {
        package var address: ListenAddress
        /// The secret that every request must carry; required beyond loopback. The default is none.
        package var token: String?
        /// The address of the proxy in front of the page. The default is none.
        package var origin: PublicOrigin?
        /// The database with the trades that have left memory. The default is none.
        package var database: DatabaseLocation?
        /// The directory of the stages' status files. Without it, health covers this stage alone.
        package var statusDirectory: String?
        /// The stages that should have a status file. The default is all.
        package var stages = StageName.allCases
        /// The version of the program, for the metrics.
        package var version = "unknown"
        /// Viewers at once; more are rejected. The default is 64.
        package var mostViewers = 64
        /// Time between two health messages to the viewers. The default is five seconds.
        package var healthPeriod = Duration.seconds(5)

        package init(_ address: ListenAddress) {
            self.address = address
        }
    }

    /// Connections besides the viewers': for the page's files, health and metrics.
    private static let otherConnections = 192
    /// File descriptors besides the server's connections.
    private static let otherDescriptors = 256

    /// The pause before the server is started again.
    private static let retryPause = Duration.seconds(2)

    /// Starts the server, which runs until the process ends. Returns once it listens, or its first attempt has failed.
    package static func start(_ options: Options, serving publisher: PagePublisher, log: StageLog) {
        raiseDescriptorLimit(to: options.mostViewers + otherConnections + otherDescriptors)
        let attempts = Monitor(0)
        // Not joined: the thread runs until the process ends.
        _ = Worker {
            var lastError: WebSocketError?
            while true {
                do throws(WebSocketError) {
                    try serve(options, publisher, log) { port in
                        log.notice("live page at \(options.address.url(port: port))")
                        publisher.setServing(true)
                        attempts.withLock { $0 += 1 }
                    }
                } catch {
                    publisher.setServing(false)
                    if error != lastError {
                        log.error(
                            .websocket,
                            "unable to serve the live page: \(error); alerts are delivered, and it is tried again"
                        )
                    }
                    lastError = error
                    attempts.withLock { $0 += 1 }
                }
                sleep(for: retryPause)
            }
        }
        _ = attempts.wait { $0 > 0 ? () : nil }
    }

    private static func serve(
        _ options: Options, _ publisher: PagePublisher, _ log: StageLog, onListening: (Int) -> Void
    ) throws(WebSocketError) {
        var loopOptions = EventLoop.Options()
        loopOptions.maxSockets = options.mostViewers + otherConnections
        // A client that sends its request slowly occupies a connection that others wait for.
        loopOptions.stepTimeout = .seconds(5)
        let loop = try EventLoop(loopOptions)
        let health = HealthMonitor(
            publisher: publisher, directory: options.statusDirectory, expected: options.stages,
            version: options.version)
        let epoch = makeEpoch()
        let viewers = ViewerSessions(atMost: options.mostViewers, epoch: epoch, publisher: publisher)
        let history = HistoryService(
            publisher: publisher, epoch: epoch, database: options.database, waking: loop.waker, log: log)
        let requestGuard = RequestGuard(
            address: options.address, token: options.token, origin: options.origin)
        let router = Router(
            requestGuard: requestGuard, viewers: viewers, health: health, history: history)
        var serverOptions = Server.Options()
        serverOptions.host = options.address.host
        serverOptions.port = options.address.port
        serverOptions.maxConnections = loopOptions.maxSockets
        // A browser opens up to six connections for the page's files, besides its WebSocket.
        serverOptions.maxConnectionsPerAddress = 3 * ViewerSessions.mostPerAddress
        serverOptions.sendBuffer = 128 << 10
        serverOptions.longestBody = 0
        serverOptions.otherHeaders = ["x-forwarded-proto"]
        let server = try loop.listen(
            serverOptions, onUpgrade: router.admission(of:), onRequest: router.answer(_:by:))
        loop.onWake = {
            viewers.sendEvents()
            history.deliver()
        }
        publisher.attach(loop.waker)
        broadcast(health, to: viewers, every: options.healthPeriod, on: loop)
        onListening(server.port)
        try loop.run()
    }

    private static func broadcast(
        _ health: HealthMonitor, to viewers: ViewerSessions, every period: Duration, on loop: EventLoop
    ) {
        viewers.broadcast(health.report(at: .now()).message)
        loop.after(period) { broadcast(health, to: viewers, every: period, on: loop) }
    }

    /// Raises this process' soft limit on open files, as far as its hard limit allows.
    private static func raiseDescriptorLimit(to count: Int) {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < count
        else { return }
        limit.rlim_cur = min(rlim_t(count), limit.rlim_max)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// Returns a name for this run of the server. Event numbers start again with every run, so a viewer must not
    /// resume with a number of another one.
    private static func makeEpoch() -> String { hexadecimal(randomBytes(8)) }
}
