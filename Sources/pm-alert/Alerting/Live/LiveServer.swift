import Crypto
import Glibc
import PMPipe
import PMRecord
import WebSockets

/// The live page's web server, on a thread of its own.
package enum LiveServer {
    package struct Options: Sendable {
        package var address: LiveAddress
        /// What everyone has to know who asks; needed beyond loopback.
        package var token: String?
        /// Where the stages keep their status files; without it, health is this stage's alone.
        package var statusDirectory: String?
        /// Those that are to keep one.
        package var stages = StageName.allCases
        /// Who may watch at once.
        package var mostViewers = 64
        /// Time between two tellings of the pipeline's health.
        package var healthPeriod = Duration.seconds(5)

        package init(_ address: LiveAddress) {
            self.address = address
        }
    }

    /// Connections beside those of viewers: for the page's files, health and metrics.
    private static let otherConnections = 192

    private enum Start {
        case waiting
        case listening(port: Int)
        case failed(StageError)
    }

    /// Begins to serve, until the process ends.
    ///
    /// - Returns: The port that it listens on.
    /// - Throws: ``ExitStatus/unavailable`` when the address cannot be had.
    package static func start(_ options: Options, showing feed: LiveFeed, log: StageLog) throws(StageError)
        -> Int
    {
        allowDescriptors(options.mostViewers + otherConnections + 256)
        let start = Monitor(Start.waiting)
        // Not joined: it serves until the process ends.
        _ = Worker {
            do throws(WebSocketError) {
                try serve(options, feed, log) { port in start.withLock { $0 = .listening(port: port) } }
            } catch {
                let wasServing = start.withLock { start in
                    if case .listening = start { return true }
                    start = .failed(StageError(.unavailable, "unable to serve the live page: \(error)"))
                    return false
                }
                if wasServing { log.error(.websocket, "the live page has ended: \(error)") }
            }
        }
        let result = start.wait { start -> Result<Int, StageError>? in
            switch start {
            case .waiting: nil
            case .listening(let port): .success(port)
            case .failed(let error): .failure(error)
            }
        }
        return try result!.get()
    }

    private static func serve(
        _ options: Options, _ feed: LiveFeed, _ log: StageLog, listening: (Int) -> Void
    ) throws(WebSocketError) {
        var loopOptions = EventLoop.Options()
        loopOptions.maxSockets = options.mostViewers + Self.otherConnections
        // For one who takes longer to say what he wants, others wait.
        loopOptions.patience = .seconds(5)
        let loop = try EventLoop(loopOptions)
        let health = HealthBoard(directory: options.statusDirectory, stages: options.stages)
        let viewers = Viewers(atMost: options.mostViewers, epoch: epoch(), feed: feed)
        let desk = Router(
            doorman: RequestGuard(address: options.address, token: options.token), viewers: viewers,
            health: health, feed: feed)
        var serverOptions = Server.Options()
        serverOptions.host = options.address.host
        serverOptions.port = options.address.port
        serverOptions.maxConnections = loopOptions.maxSockets
        // A browser takes up to six for the page's files, beside its stream.
        serverOptions.maxConnectionsOfOneAddress = 3 * Viewers.mostOfOneAddress
        serverOptions.sendBuffer = 128 << 10
        serverOptions.longestBody = 0
        let server = try loop.listen(
            serverOptions, onUpgrade: desk.admission(of:), onRequest: desk.answer(_:by:))
        loop.onWake = viewers.sendEvents
        feed.state.withLock { $0.waker = loop.waker }
        tellHealth(every: options.healthPeriod, on: loop, health, feed, viewers)
        listening(server.port)
        try loop.run()
    }

    private static func tellHealth(
        every period: Duration, on loop: EventLoop, _ health: HealthBoard, _ feed: LiveFeed,
        _ viewers: Viewers
    ) {
        viewers.tellAll(health.report(feed, at: .now()).message)
        loop.after(period) { tellHealth(every: period, on: loop, health, feed, viewers) }
    }

    /// Raises this process' own bound on open files, as far as the system lets it.
    private static func allowDescriptors(_ count: Int) {
        var bound = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &bound) == 0, bound.rlim_cur < count
        else { return }
        bound.rlim_cur = min(rlim_t(count), bound.rlim_max)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &bound)
    }

    /// Names this run of the server: numbers of events mean nothing to another.
    private static func epoch() -> String { hexadecimal(randomBytes(8)) }
}
