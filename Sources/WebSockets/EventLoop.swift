import CLibwebsockets
import Glibc
import Synchronization

/// The event loop that serves every client, server and timer created on it, on the thread that calls
/// ``serve(upTo:)``.
///
/// Handlers and timers run only inside ``serve(upTo:)``, so no lock is needed: create the loop on the thread
/// that runs it, and give other threads its ``waker``. Connections and servers never outlive the loop: when
/// it is released, their sockets are closed and no handler is called. A handler or a timer that retains the
/// loop keeps it alive: capture the loop weakly if it must end before the process does.
package final class EventLoop {
    package struct Options: Sendable {
        /// The largest number of open sockets, of clients and servers together; a server accepts no more than
        /// that. The default is 1,024.
        package var maxSockets = 1_024
        /// The time limit for one step of a handshake, of TLS, of an HTTP request or of a close. Whole
        /// seconds; the default is 10 s.
        package var stepTimeout = Duration.seconds(10)
        /// A PEM file of certificate authorities that clients trust in addition to the system's. The default
        /// is none.
        package var authorities: String?
        /// Finds the addresses of the hosts that clients connect to. The default asks the system.
        package var resolver = Resolver.system

        package init() {}
    }

    /// A timer that has not run yet.
    package struct Timer: Hashable, Sendable {
        fileprivate let number: UInt64
    }

    /// The handle with which another thread ends the loop's wait.
    package let waker = Waker()
    /// Called on the loop's thread after ``Waker/wake()``: the place to fetch what another thread has queued.
    package var onWake: () -> Void = {}

    let strings = CStrings()
    let stepTimeout: CInt
    private(set) var context: OpaquePointer?
    private(set) var clientHost: OpaquePointer?
    private var heartbeats: [Heartbeat: UnsafePointer<lws_retry_bo_t>] = [:]
    private var retained: [ObjectIdentifier: AnyObject] = [:]
    private let lookups: Lookups
    private let alarm: Alarm
    private var timers = TimerQueue<ContinuousClock.Instant>()
    private var actions: [UInt64: () -> Void] = [:]
    private var lastTimer: UInt64 = 0
    private var isWaiting = false
    private var isStopped = false

    package init(_ options: Options = Options()) throws(WebSocketError) {
        lws_set_log_level(0, nil)  // by default the library writes to standard error
        if let path = options.authorities, access(path, R_OK) != 0 { throw .unreadable(path: path) }
        lookups = Lookups(options.resolver, waker)
        stepTimeout = CInt(clamping: max(options.stepTimeout.components.seconds, 1))
        alarm = Alarm()
        var info = lws_context_creation_info()
        info.port = CONTEXT_PORT_NO_LISTEN
        info.options = contextOptions
        info.fd_limit_per_thread = UInt32(options.maxSockets + 4)  // plus the loop's own pipe and listeners
        // A request holds one of these until its response is sent, so every socket needs one.
        info.max_http_header_pool2 = UInt32(options.maxSockets)
        info.max_http_header_data2 = 8 << 10
        info.pt_serv_buf_size = 64 << 10
        info.timeout_secs = UInt32(stepTimeout)
        info.connect_timeout_secs = UInt32(stepTimeout)
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
        guard clientHost != nil else { throw .library("unable to set up TLS") }
        alarm.context = context
        waker.attach(context)
    }

    deinit {
        waker.attach(nil)
        alarm.cancel()
        for case let object as Socket in retained.values { object.detachHandler() }
        creation.withLock { _ in lws_context_destroy(context) }
    }

    // MARK: Serving

    /// Waits for events for at most `limit`, handles all that are ready, and returns.
    ///
    /// The corresponding C function is `lws_service`, which has no time limit: an alarm ends its wait.
    package func serve(upTo limit: Duration) throws(WebSocketError) {
        runDueTimers()
        handleWake()
        let now = ContinuousClock.now
        let wait = min(limit, timers.next.map { now.duration(to: $0) } ?? limit)
        isWaiting = true
        if wait > .zero { alarm.set(after: wait) }
        let status = lws_service(context, wait > .zero ? 0 : -1)
        isWaiting = false
        alarm.cancel()
        guard status >= 0 else { throw .library("the event loop failed") }
        handleWake()
        runDueTimers()
    }

    /// Serves until `isDone` returns true, ``stop()`` is called, or `limit` has passed.
    ///
    /// - Parameter limit: The default is no limit.
    /// - Returns: True if `isDone` became true.
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

    /// Ends ``run(upTo:until:)`` after the current events. Call it on the loop's thread; other threads use
    /// the ``waker``.
    package func stop() {
        isStopped = true
        interrupt()
    }

    // MARK: Timers

    /// Schedules `action` to run once, on the loop, after `delay`; it never runs before this call returns.
    @discardableResult
    package func after(_ delay: Duration, _ action: @escaping () -> Void) -> Timer {
        lastTimer += 1
        timers.add(lastTimer, due: .now + delay)
        actions[lastTimer] = action
        // Called during a turn of the loop: the library may still start to wait.
        if isWaiting { delay > .zero ? alarm.set(after: delay, unlessEarlier: true) : interrupt() }
        return Timer(number: lastTimer)
    }

    /// Cancels a timer; does nothing if it has run.
    package func cancel(_ timer: Timer) {
        guard actions.removeValue(forKey: timer.number) != nil else { return }
        timers.remove(timer.number)
    }

    // MARK: Used by the objects on the loop

    func keep(_ object: AnyObject) { retained[ObjectIdentifier(object)] = object }

    func release(_ object: AnyObject) { retained[ObjectIdentifier(object)] = nil }

    /// Makes the library return after an event instead of waiting: it may be handling its own timers, which
    /// it does before it waits.
    func interrupt() {
        if isWaiting { lws_cancel_service(context) }
    }

    func policy(of heartbeat: Heartbeat) -> UnsafePointer<lws_retry_bo_t> {
        if let known = heartbeats[heartbeat] { return known }
        let policy = strings.keep([heartbeat.policy])
        heartbeats[heartbeat] = policy
        return policy
    }

    /// Looks up a host without blocking; the loop calls `onAnswer`.
    func resolve(_ host: String, _ onAnswer: @escaping (Resolver.Addresses) -> Void) {
        lookups.start(host, onAnswer)
    }

    private func handleWake() {
        guard waker.takeWake() else { return }
        lookups.dispatchAnswers()
        onWake()
    }

    private func runDueTimers() {
        // Only timers that are due now: a timer that schedules itself again must not delay the sockets.
        let now = ContinuousClock.now
        while let number = timers.takeDue(at: now) {
            actions.removeValue(forKey: number)?()
        }
    }
}

/// ``WebSocket`` checks UTF-8; extensions, such as permessage-deflate, are never offered.
let contextOptions = UInt64(LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_EXPLICIT_VHOSTS)

/// Creating and destroying a context changes the library's globals.
private let creation = Mutex(())

extension UInt {
    fileprivate var nonZero: UInt? { self == 0 ? nil : self }
}

extension lws_protocols {
    /// - Parameter reading: The largest number of bytes in one read.
    init(named name: UnsafePointer<CChar>, reading: Int) {
        self.init()
        self.name = name
        callback = trampoline
        rx_buffer_size = reading
    }
}
