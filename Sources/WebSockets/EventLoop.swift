import CLibwebsockets
import Glibc
import Synchronization

/// The loop that serves every client, server and timer made on it, on the thread that calls ``serve(upTo:)``.
///
/// Handlers and timers run inside ``serve(upTo:)`` and nowhere else, so there is nothing to lock: make the
/// loop on the thread that is to run it, and let other threads have its ``waker``. Connections and servers
/// never outlive the loop: at its end their sockets are closed, without a word to their handlers. A handler
/// or a timer that holds on to the loop itself keeps it from ending: capture it weakly where the loop is to
/// end before the process does.
package final class EventLoop {
    package struct Options: Sendable {
        /// Sockets open at once, clients' and servers' together; a server takes no more than fit. The default
        /// is 1,024.
        package var maxSockets = 1_024
        /// Patience with one step of a handshake, of TLS, of an HTTP request or of a closing. Whole seconds;
        /// the default is 10 s.
        package var patience = Duration.seconds(10)
        /// A PEM file of certificate authorities that clients trust besides the system's. The default is
        /// none.
        package var authorities: String?
        /// Finds the addresses of the hosts that clients connect to. The default asks the system.
        package var resolver = Resolver.system

        package init() {}
    }

    /// A timer that has not run yet.
    package struct Timer: Hashable, Sendable {
        fileprivate let number: UInt64
    }

    /// The handle by which another thread ends the loop's wait.
    package let waker = Waker()
    /// Called on the loop's thread after ``Waker/wake()``: the place to fetch what another thread has left.
    package var onWake: () -> Void = {}

    let strings = CStrings()
    let patience: CInt
    private(set) var context: OpaquePointer?
    private(set) var clientHost: OpaquePointer?
    private var heartbeats: [Heartbeat: UnsafePointer<lws_retry_bo_t>] = [:]
    private var kept: [ObjectIdentifier: AnyObject] = [:]
    private let lookups: Lookups
    private let alarm: Alarm
    private var agenda = TimerQueue<ContinuousClock.Instant>()
    private var work: [UInt64: () -> Void] = [:]
    private var lastTimer: UInt64 = 0
    private var isWaiting = false
    private var isStopped = false

    package init(_ options: Options = Options()) throws(WebSocketError) {
        LibraryLog.settle()
        if let path = options.authorities, access(path, R_OK) != 0 { throw .unreadable(path: path) }
        lookups = Lookups(options.resolver, waker)
        patience = CInt(clamping: max(options.patience.components.seconds, 1))
        alarm = Alarm()
        var info = lws_context_creation_info()
        info.port = CONTEXT_PORT_NO_LISTEN
        info.options = contextOptions
        info.fd_limit_per_thread = UInt32(options.maxSockets + 4)  // and the loop's own pipe and listeners
        // A request that waits for its answer holds one of these: there must be one for every socket.
        info.max_http_header_pool2 = UInt32(options.maxSockets)
        info.max_http_header_data2 = 8 << 10
        info.pt_serv_buf_size = 64 << 10
        info.timeout_secs = UInt32(patience)
        info.connect_timeout_secs = UInt32(patience)
        context = creation.withLock { _ in UInt(bitPattern: lws_create_context(&info)) }
            .nonZero.flatMap { OpaquePointer(bitPattern: $0) }
        guard context != nil else { throw .library("unable to create a libwebsockets context") }

        info.vhost_name = strings.keep("client")
        info.protocols = strings.keep([
            lws_protocols(named: strings.keep("client"), reading: 64 << 10), lws_protocols(),
        ])
        info.alpn = strings.keep("http/1.1")
        info.client_ssl_ca_filepath = options.authorities.map { strings.keep($0) }
        clientHost = lws_create_vhost(context, &info)
        guard clientHost != nil else { throw .library("unable to prepare for TLS") }
        alarm.context = context
        waker.attach(context)
    }

    deinit {
        waker.attach(nil)
        alarm.cancel()
        for case let object as Socket in kept.values { object.silence() }
        creation.withLock { _ in lws_context_destroy(context) }
    }

    // MARK: Serving

    /// Waits for something to happen, at most for `limit`, handles all that has, and returns.
    ///
    /// The corresponding C function is `lws_service`, which has no limit of its own: an alarm ends its wait.
    package func serve(upTo limit: Duration) throws(WebSocketError) {
        runDueTimers()
        heedWake()
        let now = ContinuousClock.now
        let wait = min(limit, agenda.next.map { now.duration(to: $0) } ?? limit)
        isWaiting = true
        if wait > .zero { alarm.set(after: wait) }
        let status = lws_service(context, wait > .zero ? 0 : -1)
        isWaiting = false
        alarm.cancel()
        guard status >= 0 else { throw .library("the event loop ended by itself") }
        heedWake()
        runDueTimers()
    }

    /// Serves until `isDone` or ``stop()``, or until `limit` has passed.
    ///
    /// - Parameter limit: The default is no limit.
    /// - Returns: Whether `isDone` came true.
    @discardableResult
    package func run(upTo limit: Duration? = nil, until isDone: () -> Bool = { false }) throws(WebSocketError)
        -> Bool
    {
        let deadline = limit.map { ContinuousClock.now + $0 }
        isStopped = false
        while !isDone(), !isStopped {
            let left = deadline.map { ContinuousClock.now.duration(to: $0) } ?? .seconds(3_600)
            guard left > .zero else { return false }
            try serve(upTo: left)
        }
        return isDone()
    }

    /// Ends ``run(upTo:until:)`` after the events at hand. From the loop's thread; others use the ``waker``.
    package func stop() {
        isStopped = true
        interrupt()
    }

    // MARK: Timers

    /// Runs `action` once, on the loop, after `delay`, never before this call returns.
    @discardableResult
    package func after(_ delay: Duration, _ action: @escaping () -> Void) -> Timer {
        lastTimer += 1
        agenda.add(lastTimer, due: .now + delay)
        work[lastTimer] = action
        // Made in the middle of a turn: the library may yet go on to wait.
        if isWaiting { delay > .zero ? alarm.set(after: delay, unlessEarlier: true) : interrupt() }
        return Timer(number: lastTimer)
    }

    /// Forgets a timer; nothing happens when it has run.
    package func cancel(_ timer: Timer) {
        guard work.removeValue(forKey: timer.number) != nil else { return }
        agenda.remove(timer.number)
    }

    // MARK: For the objects on the loop

    func keep(_ object: AnyObject) { kept[ObjectIdentifier(object)] = object }

    func release(_ object: AnyObject) { kept[ObjectIdentifier(object)] = nil }

    /// Keeps the library from waiting on after an event: it may be handling its own timers, before its wait.
    func interrupt() {
        if isWaiting { lws_cancel_service(context) }
    }

    func policy(of heartbeat: Heartbeat) -> UnsafePointer<lws_retry_bo_t> {
        if let known = heartbeats[heartbeat] { return known }
        let policy = strings.keep([heartbeat.policy])
        heartbeats[heartbeat] = policy
        return policy
    }

    /// Looks a host up without waiting; `onAnswer` is called by the loop.
    func resolve(_ host: String, _ onAnswer: @escaping (Resolver.Addresses) -> Void) {
        lookups.start(host, onAnswer)
    }

    private func heedWake() {
        guard waker.takeWake() else { return }
        lookups.handOver()
        onWake()
    }

    private func runDueTimers() {
        // Only what was due at the start: a timer that sets itself again must not hold up the sockets.
        let now = ContinuousClock.now
        while let number = agenda.takeDue(at: now) {
            work.removeValue(forKey: number)?()
        }
    }
}

/// UTF-8 is checked by ``WebSocket``; extensions, permessage-deflate among them, are never offered.
let contextOptions = UInt64(LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_EXPLICIT_VHOSTS)

/// Making and unmaking a context touches the library's globals.
private let creation = Mutex(())

extension UInt {
    fileprivate var nonZero: UInt? { self == 0 ? nil : self }
}

extension lws_protocols {
    /// - Parameter reading: Bytes handed over at a time, at most.
    init(named name: UnsafePointer<CChar>, reading: Int) {
        self.init()
        self.name = name
        callback = trampoline
        rx_buffer_size = reading
    }
}
